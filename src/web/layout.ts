import { type Html, html } from './html.ts';

/** A whole page. Its only resources are our own style and script; both work by relative names, below a proxy's path as well. */
export function layout(title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="stylesheet" href="legato.css">
<link rel="icon" href="legato.svg">
<script src="legato.js" defer></script>
</head>
<body>
${body}
</body>
</html>
`;
}
