import { simulate } from './simulate.js'

document.documentElement.dataset.outcome = JSON.stringify(await simulate())
