/** The style of every page: one column of cards on a phone, rows on a wide screen; colours of the reader's own choice of light and dark. */
export const style = `:root {
  color-scheme: light dark;
  --back: #f6f7f9; --card: #fff; --ink: #1b1f24; --soft: #586069; --line: #d9dee4; --accent: #0b5cad;
  --good: #176f2c; --good-back: #dcf5e3; --bad: #a3161f; --bad-back: #fde3e4; --mid-back: #e8ebef;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #14171a; --card: #1d2126; --ink: #e6e9ed; --soft: #a0a8b2; --line: #343a42; --accent: #7ab8ff;
    --good: #7fe29a; --good-back: #14351f; --bad: #ff9a9f; --bad-back: #43191c; --mid-back: #2b3138;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--back); color: var(--ink); font: 1rem/1.45 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: center; justify-content: space-between; margin-bottom: 1rem; }
h1 { margin: 0; font-size: 1.4rem; overflow-wrap: anywhere; }
h1 small { font-weight: 400; font-size: 1rem; color: var(--soft); }
h2 { margin: 1.25rem 0 .4rem; font-size: 1rem; color: var(--soft); overflow-wrap: anywhere; }
header p { margin: 0; color: var(--soft); }
a { color: var(--accent); }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: 0; }
button, .button, summary { min-height: 2.5rem; padding: .4rem .9rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); color: var(--ink); font: inherit; text-decoration: none; cursor: pointer; display: inline-flex; align-items: center; }
button:hover, .button:hover, summary:hover { border-color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
details { position: relative; }
details > div { display: flex; gap: .5rem; position: absolute; right: 0; top: 110%; z-index: 1; padding: .5rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); box-shadow: 0 4px 16px #0004; white-space: nowrap; }
.message, .question { padding: .7rem 1rem; border: 1px solid var(--accent); border-radius: .5rem; background: var(--card); overflow-wrap: anywhere; }
.question { margin: 1rem 0; justify-content: space-between; }
.question p { margin: 0; flex: 1; }
ul { list-style: none; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); overflow: hidden; }
section.alone { margin-top: .75rem; }
li { display: grid; gap: .35rem .9rem; align-items: center; padding: .6rem .9rem; grid-template-columns: 6.5rem minmax(8rem, 1fr) minmax(10rem, 1.4fr) auto auto; }
li + li { border-top: 1px solid var(--line); }
.state { justify-self: start; padding: .1rem .6rem; border-radius: 1rem; background: var(--mid-back); color: var(--soft); font-size: .8rem; font-weight: 600; letter-spacing: .02em; }
.statusrunning { background: var(--good-back); color: var(--good); }
.statuserror { background: var(--bad-back); color: var(--bad); }
.name { font-weight: 600; overflow-wrap: anywhere; }
.description { color: var(--soft); overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.logs { display: flex; gap: .75rem; width: 7rem; }
li form { justify-content: flex-end; min-width: 17rem; }
pre { margin: 0; padding: .8rem; min-height: 60vh; max-height: 80vh; overflow: auto; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); font: .85rem/1.4 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
footer { margin-top: 1.25rem; color: var(--soft); font-size: .85rem; }
@media (max-width: 52rem) {
  details > div { right: auto; left: 0; }
  li { grid-template-columns: 1fr auto; }
  .state { grid-column: 2; grid-row: 1; justify-self: end; }
  .name { grid-column: 1; grid-row: 1; }
  .description { grid-column: 1; }
  .logs { justify-self: end; width: auto; }
  .logs a { padding: .4rem 0; }
  li form { grid-column: 1 / -1; justify-content: stretch; min-width: 0; }
  li form button { flex: 1; justify-content: center; }
}
`;
