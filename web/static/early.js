/*
 * Optional, inline, before everything else in <head>: on a repeat view, shows the visitor's number while the page is
 * still being parsed, in browsers that would otherwise wait for the script (Safari). `leaseline site tag --early` puts the
 * site's key in and prints it with its CSP hash. Not for pages that React hydrates: they must find their own HTML.
 *
 * 600 bytes at most, minified: hence `map` as the shorter loop, `new Date` for Date.now(), and two shortcuts of which
 * the worst that comes is that the script itself swaps a moment later: four of any signs may part digits, and what the
 * script writes in another format (last_digits is 0, a vanity number) is left to it.
 *
 * If the script never comes, nobody keeps the lease: when the promise (`until`) is over, the page's own number comes
 * back. setTimeout knows 24 days at most, and takes more for none.
 */
new MutationObserver((records, observer) => {
  try {
    const kept = JSON.parse(localStorage['leaseline:SITE_KEY']);
    const left = kept.until - new Date();
    if (left > 0 && !top.leaseline)
      // The parser adds one node at a time. A template's are of another document, and not seen here.
      records.map(({ addedNodes: [node] }) => {
        let before = node?.data, after = before, rest, last;
        if (before && !node.parentNode.closest('script,style,textarea,noscript,code,pre,title,[data-leaseline-skip]'))
          kept.numbers.map((entry) =>
            after = after.replace(RegExp(entry.match.replace(/~/g, '\\W{0,4}'), 'g'), (found) =>
              // One more than its digits; fewer than we would write means that letters stand for some.
              (rest = found.split(/\d/).length) > (last = entry.last_digits)
                ? found.replace(/\d/g, (digit) => --rest > last ? digit : entry.number.at(-rest))
                : found));
        if (after != before)
          setTimeout(() => node.data == after && (node.data = before), left % 2e9, node.data = after);
      });
  } catch {}
  document.readyState[7] && observer.disconnect(); // "loading" has seven letters, what follows it has more
}).observe(document, { childList: 1, subtree: 1 });
