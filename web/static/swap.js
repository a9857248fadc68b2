/*
 * Leaseline's swap script: shows each visitor a phone number of their own in place of the site's.
 *
 *   <script async src="https://dni.example.com/swap.js" data-site="KEY"></script>
 *
 * How it works. It looks for phone-like digits in text and tel: links and asks the lease API which of them have a
 * number for this visitor. Those are overwritten digit by digit: only text data and attributes are ever written, no
 * node is made, moved or removed, because frameworks fail on nodes that they did not make. A number is shown only while
 * the server promises that nobody else is given it (`until`); after that the site's own number comes back.
 *
 * The page never breaks: whatever fails, nothing is thrown or logged, and the site's own number stays.
 * Attributes of the tag: data-site (the key), data-api (where the API is, if not beside this file), data-debug (talk).
 */
(() => {
  'use strict';

  const script = document.currentScript || document.querySelector('script[data-site][src*="swap.js"]');
  // Twice on a page, or in a frame, it would lease numbers that nobody is about to call.
  if (!script || !script.dataset.site || self.leaseline || self !== top) return;

  const { site, api, debug } = script.dataset;
  const base = api || script.src;
  const KEY = 'leaseline:' + site;
  const MOST_FOUND = 50; // the API takes no more
  const MOST_WRITES = 20; // of one text or attribute: another script keeps undoing us, and one of the two must stop
  const PATIENCE = 4000; // ms
  const RETRIES = [5000, 25000, 125000]; // ms
  const SKIP =
    'script,style,noscript,template,textarea,select,code,pre,input,[contenteditable]:not([contenteditable="false"]),' +
    '[data-leaseline-skip],[data-calltrk-noswap],' +
    'head>title'; // it goes into bookmarks, the history and reports, which outlive every lease
  const SPOKEN = ['aria-label', 'title'];
  const E164 = /^\+[1-9]\d{6,14}$/;
  const COUNTRY = /^\+(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})(\d+)$/;
  const SEPARATOR = '[\\s().\\-/\\xb7_\\xad\\u200b-\\u200f\\u2010-\\u2015\\u2060\\u2212]{0,4}';
  const RUN = new RegExp('\\d(?:' + SEPARATOR + '\\d){6,30}', 'g');

  const known = new Map(); // by swap target: what stands on the page in its place, and all that ever stood there
  const found = [new Set(), new Set(), new Set()]; // digits on the page, the surest first
  const asked = new Set();
  let writes = new WeakMap(); // by node and attribute, since the numbers last changed
  let visitor = '';
  let lease = '';
  let numbers = [];
  let until = 0; // ms since the epoch
  let afterBye = 0; // ms
  let every = 60; // s
  let swapped = false;
  let asking = false;
  let failures = 0;
  let beatTimer;
  let askTimer;

  const say = (...words) => debug !== undefined && console.debug('leaseline:', ...words);
  const hidden = () => document.visibilityState === 'hidden';

  /** Wrap what the browser calls: an error of ours must not become the page's. */
  const safely = (work) => async (event) => {
    try {
      await work(event);
    } catch (error) {
      say(error);
    }
  };

  // Numbers and texts

  const split = (e164) => COUNTRY.exec(e164).slice(1);
  const alike = (one, other) => split(one)[0] === split(other)[0] && one.length === other.length;

  /** The digits that may stand before a national number: none, a trunk prefix, or the country in one of its forms. */
  const prefixes = (country) => ['', country === '7' ? '8' : '0', country, country + '0', '00' + country, '011' + country];

  /** Match a number in any formatting, unless digits or another country's code stand right before it. */
  const patternOf = (e164) => {
    const [country, national] = split(e164);
    const [, trunk, ...full] = prefixes(country).map((digits) => [...digits].join(SEPARATOR));
    const before = `\\(?(?:(?:${trunk}|\\+?(?:${full.join('|')}))${SEPARATOR})?\\(?`;
    return new RegExp(`(?<!\\d|\\+\\d{0,3}${SEPARATOR})${before}${[...national].join(SEPARATOR)}(?!\\d)`, 'g');
  };

  const write = (match, from, entry) => {
    const { target, now, display } = entry;
    const open = match[0] === '(' && !match.includes(')') ? '(' : ''; // of "(020 7946 0000)": it is not ours
    if (from === target) entry.text ||= match.slice(open.length);
    if (!alike(from, now)) return open + (now === target ? entry.text || target : display);
    const digits = [...split(now)[1]];
    let left = digits.length;
    // From the end, so that a country code or a trunk prefix stays.
    return [...match].reverse().map((sign) => (/\d/.test(sign) && left ? digits[--left] : sign)).reverse().join('');
  };

  const meet = (entry) => {
    found[0].add(entry.target.slice(1));
    swapped ||= entry.now !== entry.target;
  };

  /** Return the text as this visitor shall read it, and note what else in it may be a number to ask for. */
  const rewrite = (text) => {
    let rest = text;
    for (const entry of known.values()) {
      for (const [from, pattern] of entry.all) {
        rest = rest.replace(pattern, 'x');
        text = text.replace(pattern, (match) => {
          meet(entry);
          return from === entry.now ? match : write(match, from, entry);
        });
      }
    }
    discover(rest);
    return text;
  };

  /** Note all phone-like digits of a text; parts too, as "since 1999 212-555-0100" is one run of digits. */
  const discover = (text) => {
    for (const run of text.match(RUN) || []) {
      const groups = run.split(/\D+/);
      groups.forEach((_, first) => {
        for (let last = groups.length; last > first; last--) {
          const digits = groups.slice(first, last).join('');
          if (digits.length > 6 && digits.length < 19) found[groups.length === last - first ? 1 : 2].add(digits);
        }
      });
    }
  };

  // The page

  /** Give way to a script that fights us. With the same numbers, a second write means that somebody undid the first. */
  const mayWrite = (node, name) => {
    const times = writes.get(node) || {};
    times[name] = (times[name] || 0) + 1;
    writes.set(node, times);
    return times[name] <= MOST_WRITES;
  };

  const swapText = (node) => {
    if (!node.data.match(RUN) || !node.parentElement || node.parentElement.closest(SKIP)) return;
    const text = rewrite(node.data);
    if (text !== node.data && mayWrite(node, 'data')) node.data = text;
  };

  /** Return the tel: link that dials what the page shows: canonical, as "tel:+(212) 555-0100" would dial Morocco. */
  const rewriteLink = (href) => {
    const [, number, tail] = /^tel:([^;,?]*)(.*)$/is.exec(decodeURIComponent(href)) || [];
    const digits = (number || '').replace(/\D/g, '');
    if (digits.length < 7 || digits.length > 18) return href;
    for (const entry of known.values()) {
      for (const from of entry.all.keys()) {
        const [country, national] = split(from);
        if (!prefixes(country).some((prefix) => prefix + national === digits)) continue;
        meet(entry);
        return from === entry.now ? href : 'tel:' + entry.now + tail;
      }
    }
    found[0].add(digits);
    return href;
  };

  const swapAttributes = (element) => {
    if (element.closest(SKIP)) return;
    const set = (name, value) => value !== element.getAttribute(name) && mayWrite(element, name) && element.setAttribute(name, value);
    for (const name of SPOKEN) {
      const text = element.getAttribute(name);
      if (text && text.match(RUN)) set(name, rewrite(text));
    }
    const href = element.getAttribute('href');
    if (href && /^tel:/i.test(href)) set('href', rewriteLink(href));
  };

  const scan = (root) => {
    if (root.nodeType === Node.TEXT_NODE) return swapText(root);
    if (!root.querySelectorAll) return;
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) safelyNow(swapText, texts.currentNode);
    const holders = '[href^="tel:" i],[aria-label],[title]';
    if (root.matches && root.matches(holders)) safelyNow(swapAttributes, root);
    root.querySelectorAll(holders).forEach((element) => safelyNow(swapAttributes, element));
  };

  /** One odd node, such as a tel: link with broken escapes, must not stop the others. */
  const safelyNow = (work, node) => {
    try {
      work(node);
    } catch (error) {
      say(error);
    }
  };

  const observer = new MutationObserver((records) => {
    for (const { type, target, addedNodes } of records) {
      if (type === 'childList') addedNodes.forEach((node) => node.isConnected && safelyNow(scan, node));
      else safelyNow(type === 'attributes' ? swapAttributes : swapText, target);
    }
    settle();
  });

  /** Forget what we wrote ourselves, and ask for numbers that were not asked for yet. */
  const settle = () => {
    observer.takeRecords();
    if (wanted().some((digits) => !asked.has(digits)) && asked.size < MOST_FOUND) {
      clearTimeout(askTimer);
      askTimer = setTimeout(ask, 50);
    }
  };

  const wanted = () => [...new Set(found.flatMap((rank) => [...rank]))].slice(0, MOST_FOUND);

  /** Put the answer's numbers in place of the targets, and the site's own wherever the answer has none. */
  const show = (answer) => {
    numbers = answer;
    writes = new WeakMap(); // what follows is our own change, nobody's fight: a lapsed number must go in any case
    for (const entry of known.values()) entry.now = entry.target;
    for (const { target, number, display } of answer) {
      const entry = known.get(target) || { target, all: new Map([[target, patternOf(target)]]) };
      known.set(target, entry);
      entry.now = number;
      entry.display = display;
      if (!entry.all.has(number)) entry.all.set(number, patternOf(number));
    }
    scan(document);
    settle();
  };

  // The lease

  const post = async (path, body) => {
    const stop = new AbortController();
    const clock = setTimeout(() => stop.abort(), PATIENCE);
    const options = { method: 'POST', body: JSON.stringify(body), credentials: 'omit', signal: stop.signal };
    try {
      const reply = await fetch(new URL(path, base), options); // a text body goes as text/plain: no preflight
      if (!reply.ok) throw reply.status;
      return await reply.json();
    } finally {
      clearTimeout(clock);
    }
  };

  const areTexts = (...values) => values.every((value) => typeof value === 'string');
  const areNumbers = (list) =>
    list.every(({ target, number, display }) => E164.test(target) && E164.test(number) && areTexts(display));

  const ask = safely(async () => {
    if (asking || hidden() || !wanted().length) return;
    asking = true;
    clearTimeout(askTimer);
    const list = wanted();
    list.forEach((digits) => asked.add(digits));
    const sent = Date.now(); // not when the answer came: on a slow line the server's promise is older than it looks
    try {
      const answer = await post('v1/lease', { site, visitor, url: location.href, referrer: document.referrer, found: list });
      if (!areNumbers(answer.numbers) || !areTexts(answer.visitor, answer.lease)) throw answer;
      if (answer.lease) hold(answer, sent);
      ({ visitor, lease } = answer);
      failures = 0;
      answer.numbers.forEach(({ target }) => asked.add(target.slice(1))); // else meeting it on the page asks again
      show(answer.numbers);
      save();
      arm(answer.first_beat);
    } catch (error) {
      say('no lease', error);
      const refused = error >= 400 && error < 500 && error !== 429;
      if (!refused && failures < RETRIES.length) askTimer = setTimeout(ask, RETRIES[failures++]);
    } finally {
      asking = false;
    }
    settle();
  });

  const beat = safely(async () => {
    if (!lease) return;
    if (Date.now() >= until) return letGo();
    arm(every);
    if (hidden() || !swapped) return;
    const sent = Date.now();
    try {
      hold(await post('v1/beat', { site, lease, url: location.href }), sent);
      save();
      arm(every);
    } catch (error) {
      say('no beat', error);
      if (error === 410) ask();
    }
  });

  const hold = (answer, sent) => {
    if (!(answer.held_for > 0)) throw answer; // the number would be let go of and asked for in a loop, or never
    until = sent + answer.held_for * 1000;
    afterBye = answer.held_after_bye * 1000;
    every = answer.beat_every;
  };

  const letGo = () => {
    lease = '';
    show([]);
    save();
    return ask();
  };

  /** Beat after some seconds, or when the number is no longer ours, whichever is first. */
  const arm = (seconds) => {
    clearTimeout(beatTimer);
    if (lease) beatTimer = setTimeout(beat, Math.min(Math.max(seconds || 60, 1) * 1000, Math.max(until - Date.now(), 0)));
  };

  // Pages come and go

  const save = (bye) => {
    try {
      const kept = lease ? { lease, until, afterBye, every, numbers, bye } : {};
      localStorage.setItem(KEY, JSON.stringify({ visitor, ...kept }));
    } catch (error) {
      say('nothing kept', error); // denied or full: the lease lives as long as the page
    }
  };

  const load = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY)) || {};
      return !kept.lease || areNumbers(kept.numbers) ? kept : {};
    } catch {
      return {};
    }
  };

  const leave = safely(() => {
    if (!lease || !swapped) return;
    until = Math.min(until, Date.now() + afterBye);
    save(true);
    navigator.sendBeacon(new URL('v1/bye', base), JSON.stringify({ site, lease }));
  });

  const comeBack = safely(() => {
    if (hidden()) return;
    failures = 0;
    const kept = load();
    if (kept.lease === lease && kept.until < until) until = kept.until; // another tab of the site was closed
    if (!lease) return ask();
    settle();
    return beat();
  });

  const start = safely(() => {
    const kept = load();
    visitor = kept.visitor || '';
    if (kept.lease && Date.now() < kept.until) {
      ({ lease, until, afterBye, every } = kept);
      show(kept.numbers);
      arm(10);
    } else {
      scan(document);
      settle();
    }
  });

  self.leaseline = { site };
  observer.observe(document, {
    childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ['href', ...SPOKEN],
  });
  start();
  document.addEventListener('visibilitychange', comeBack);
  // From the back/forward cache; not every browser tells it as a change of visibility.
  addEventListener('pageshow', (event) => event.persisted && comeBack());
  addEventListener('pagehide', leave);
  // Another tab said goodbye for a number that this one still shows; its beacon must arrive before our beat.
  addEventListener('storage', ({ key, newValue }) => key === KEY && /"bye":true/.test(newValue) && setTimeout(comeBack, 1000));
})();
