/*
 * Optional, inline, before everything else in <head>: on a repeat view, shows the visitor's number while the page is
 * still being parsed, in browsers that would otherwise wait for the script (Safari). `leaseline site tag --early` puts the
 * site's key in and prints it with its CSP hash. Not for pages that React hydrates: they must find their own HTML.
 *
 * 600 bytes at most, minified: hence `map` as the shorter loop, and `new Date` for Date.now(). Links and attributes are
 * left to the script, which swaps them a moment later.
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
        const before = node?.data;
        if (!before || node.parentNode.closest('script,style,textarea,noscript,code,pre,title,select,[contenteditable],[data-leaseline-skip],[data-calltrk-noswap]')) return;
        const after = before.replace(
          /[+(]*(\d[^\dA-Za-z,:]{0,4}){3}([\dA-Z][^\dA-Za-z,:]{0,4}){3,40}[\dA-Z]/g, // the script's RUN
          (run) => kept.texts[run] ?? run,
        );
        if (after != before)
          setTimeout(() => node.data == after && (node.data = before), left % 2e9, node.data = after);
      });
  } catch {}
  document.readyState[7] && observer.disconnect(); // "loading" has seven letters, what follows it has more
}).observe(document, { childList: 1, subtree: 1 });
