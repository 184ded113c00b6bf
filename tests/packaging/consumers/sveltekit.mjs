// A project of SvelteKit. Its page is rendered on a server, where the package is imported and nothing
// is started, and simulates in the browser once it is hydrated.

import { simulating } from './pages.mjs'

const page = `<script>
  import { onMount } from 'svelte'
  import { createSimulator } from 'forerun'
  import { simulate } from '../simulate.js'

  onMount(async () => {
    document.documentElement.dataset.outcome = JSON.stringify(await simulate())
  })
</script>

<p>createSimulator is a {typeof createSimulator}</p>
`

const document = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    %sveltekit.head%
  </head>
  <body>
    <div>%sveltekit.body%</div>
  </body>
</html>
`

const config = `import { sveltekit } from '@sveltejs/kit/vite'

export default { plugins: [sveltekit()] }
`

/** What the project has linked besides the package. */
export const tools = ['@sveltejs/kit', 'svelte', 'vite']

export const files = {
  'vite.config.js': config,
  'svelte.config.js': 'export default {}\n',
  'src/app.html': document,
  ...simulating,
  'src/routes/+page.svelte': page,
}
