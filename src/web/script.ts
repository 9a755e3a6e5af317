/**
 * What a page does by itself where scripts run; without them there are its links and buttons. Status: looks again every two
 * seconds while it is seen, and changes only what has changed, so that nobody loses the button under their finger. Log: goes
 * on reading where the page ends, every second.
 */
export const script = `'use strict';
(() => {
  const main = document.getElementById('processes');
  const log = document.getElementById('log');

  const take = (old, fresh) => {
    for (const part of old.querySelectorAll('[data-live]')) {
      const other = fresh.querySelector('[data-live="' + part.dataset.live + '"]');
      if (other && part.innerHTML !== other.innerHTML && !part.contains(document.activeElement)) part.innerHTML = other.innerHTML;
      if (other && part.className !== other.className) part.className = other.className;
    }
  };
  const rows = (root) => [...root.querySelectorAll('li')];
  const names = (root) => rows(root).map((row) => row.id).join();
  const look = async () => {
    const answer = await fetch('index.html', { headers: { Accept: 'text/html' } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = page.getElementById('processes');
    if (!fresh) return;
    take(document.querySelector('header'), page.querySelector('header'));
    if (names(main) !== names(fresh)) main.replaceChildren(...fresh.childNodes);
    else rows(main).forEach((row) => take(row, page.getElementById(row.id)));
  };
  const again = () => setTimeout(async () => {
    if (!document.hidden) await look().catch(() => {});
    again();
  }, 2000);
  if (main) again();

  const limit = 1 << 20;
  const follow = async () => {
    const answer = await fetch(log.dataset.follow + '&offset=' + log.dataset.offset);
    if (!answer.ok) return;
    const { text, offset } = await answer.json();
    log.dataset.offset = offset;
    if (text === '') return;
    const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
    log.append(text);
    if (log.textContent.length > limit) log.textContent = log.textContent.slice(-limit / 2);
    if (atEnd) log.scrollTop = log.scrollHeight;
  };
  const on = () => setTimeout(async () => {
    if (!document.hidden) await follow().catch(() => {});
    on();
  }, 1000);
  if (log) log.scrollTop = log.scrollHeight;
  if (log && log.dataset.follow) on();
})();
`;
