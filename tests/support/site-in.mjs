// What a group of tests in a browser begins with.

import { after, before } from 'node:test'
import { openBrowser } from './browsers.mjs'
import { openTestSite } from './harness.mjs'

/** A browser and a site, there once the first test of the group that calls this begins. */
export function siteIn(name) {
  const opened = {}
  let browser
  let site
  before(async () => {
    browser = await openBrowser(name)
    site = await openTestSite()
    Object.assign(opened, { driver: browser.driver, url: site.url })
  })
  after(async () => {
    await browser?.quit()
    await site?.close()
  })
  return opened
}
