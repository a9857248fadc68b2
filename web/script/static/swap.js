/*
 * Leaseline's swap script: shows each visitor a phone number of their own in place of the site's.
 *
 *   <script async src="https://dni.example.com/swap.js" data-site="KEY"></script>
 *
 * How it works. It looks for phone-like texts and links, and once one is about to be seen it sends it to the lease API as
 * it stands. The answer says what to write in place of each text that is a swap target of the site, in the same
 * formatting: what a number is, the server knows. Only text data and attributes are ever written, no node is made,
 * moved or removed, because frameworks fail on nodes that they did not make. A number is shown only while the server
 * promises that nobody else is given it (`kept.until`); after that the site's own number comes back.
 *
 * The page never breaks: whatever fails, nothing is thrown or logged, and the site's own number stays.
 * Settings are data- attributes of the tag, or properties of window.leaselineConfig where a tag manager drops them:
 * site, api, consent (wait, cookieless, source), cookieDomain, frames, shadow, skip, hydrate, lease, compat.
 * What is written here is read by people; what travels is minified, and has a budget of 3,072 bytes.
 */
(() => {
  const { dataset, src } = document.currentScript || {};
  const config = { ...self.leaselineConfig, ...dataset };
  const key = 'leaseline:' + config.site;
  const flag = /[?&]leaseline=(\w+)/.exec(location)?.[1];
  const stub = self.leaseline; // of the page's, which queues what it says to us; without a queue it is we ourselves
  if (!config.site || (stub && !stub.q) || flag === 'off') return;

  const root = document.documentElement;
  const SKIP =
    'script,style,noscript,textarea,select,code,pre,[contenteditable]:not([contenteditable=false]),' +
    // A title goes into bookmarks, the history and reports, which outlive every lease.
    'head>title,[data-leaseline-skip],[data-calltrk-noswap]' + (config.skip ? ',' + config.skip : '');
  const BLOCK = ':not(span,b,i,em,strong,small)'; // what parts one number from the next
  const NAMES = ['href', 'aria-label', 'title', 'alt', 'placeholder', 'value'];
  const SEPARATOR = '[^\\dA-Za-z,:]{0,4}';
  // From seven digits up, or fewer and the letters of a vanity number: 1-800-FLOWERS.
  const RUN = RegExp(`[+(]*(\\d${SEPARATOR}){3}([\\dA-Z]${SEPARATOR}){3,40}[\\dA-Z]`, 'g');

  const originals = {}; // by what we wrote: the site's own text
  const met = new Set(); // own texts on this page that a number stands in for
  const found = new Set(); // texts to ask for, the first `done` of which were
  const far = new Set(); // elements that hold a phone-like text and were not about to be seen yet
  const blocks = new Set(); // that hold digits which may be parts of a number
  const readers = []; // who is told our numbers
  let kept = { texts: {} }; // what the browser keeps for us: visitor, first touch, and what the server last answered
  let eager = flag || config.lease ? 1 : 0; // above 0: what is looked at is about to be seen
  let href, viewed; // the address of this view, and the last of which the server was told
  let react, waiting, done, failures, askAt, missAt, rounds, talked;
  // A framed copy would lease numbers that nobody is about to call: it asks its parent.
  const fixed = self !== top ? 'framed' : flag && 'preview';
  let consent = fixed || config.consent || (navigator.globalPrivacyControl ? 'source' : 'default');

  const emit = (name, detail) => document.dispatchEvent(new CustomEvent('leaseline:' + name, { detail }));
  const say = (words) => flag && console.log('leaseline:', words);

  /** Wrap what the browser calls: an error of ours must not become the page's, and one odd node must not stop others. */
  const safely = (work) => (...words) => {
    try {
      return work(...words);
    } catch {
      // The page's own number stays.
    }
  };

  // Numbers and texts

  /** Return what to write in place of a text, or ask for it, once a person is about to see it. */
  const read = (text, element) => {
    const own = originals[text] || text;
    const number = kept.texts[own];
    if (number) {
      met.add((originals[number] = own));
      return number;
    }
    if (!found.has(own)) {
      if (eager) want(found.add(own));
      else sight.observe(element, far.add(element));
    }
    return own;
  };

  /** Look at what is about to be seen. */
  const approach = (element) => {
    far.delete(element);
    sight.unobserve(element);
    eager++;
    scan(element);
    settle();
    eager--;
  };

  const sight = new IntersectionObserver(
    (entries) => entries.forEach(({ isIntersecting, target }) => isIntersecting && approach(target)),
    { rootMargin: '100%' },
  );

  // The page

  /** Write into texts that are read as one, or into an attribute. */
  const swap = (nodes, element) => {
    const { name } = nodes[0];
    const old = nodes.map((node) => node.nodeValue).join('');
    let text = old;
    if (name !== 'href') text = old.replace(RUN, (run) => read(run, element));
    else if (/^(tel|sms):/i.test(old)) text = read(old, element);
    if (text === old) return;
    // Text that React finds changed before it has hydrated makes it throw the server's HTML away (its error 418).
    const reacts = /__reactF/.test(Object.keys(element));
    kept.react ||= reacts;
    react ??=
      config.hydrate || kept.react || /__(next|re\w+Con)/.test(Object.keys(self)) ||
      document.querySelector('#___gatsby,[data-reactroot],[src*="/_next/"]') || 0; // not null, which would be looked for again
    if (react && !reacts && !name && performance.now() < 1e4) {
      clearTimeout(waiting);
      waiting = setTimeout(look, 400);
      return;
    }
    const alike = text.length === old.length;
    for (const node of nodes) {
      const value = alike ? text.slice(0, node.nodeValue.length) : text;
      text = text.slice(value.length);
      if (value !== node.nodeValue) node.nodeValue = value;
    }
  };

  const swapNode = safely((node) => {
    if (!/\d/.test(node?.nodeValue)) return;
    const element = node.ownerElement || node.parentElement;
    if (element.closest(SKIP)) return;
    if (node.nodeValue.search(RUN) < 0) blocks.add(element.closest(BLOCK));
    // What is written in any other field is the visitor's own.
    else if (node.name !== 'value' || /^(b|su|re)/.test(element.type)) swap([node], element);
  });

  const swapAttributes = safely((element) => NAMES.forEach((name) => swapNode(element.getAttributeNode(name))));

  /** Swap numbers whose digits are spread over the elements of a block. */
  const swapBlock = safely((block) => {
    if (block.textContent.search(RUN) < 0) return;
    const walker = document.createTreeWalker(block, 5); // elements and texts
    let line = [];
    let node;
    do {
      node = walker.nextNode();
      const parent = node?.data >= '' && node.parentElement;
      if (parent && parent.closest(BLOCK) === block && !parent.closest(SKIP)) line.push(node);
      else if (!node || parent || node.matches(BLOCK)) {
        if (line[1]) swap(line, block);
        line = [];
      }
    } while (node);
  });

  const scan = safely((node) => {
    if (node.data) return swapNode(node);
    if (node.textContent.search(RUN) >= 0) {
      const walker = document.createTreeWalker(node, 4); // texts
      while (walker.nextNode()) swapNode(walker.currentNode);
    }
    swapAttributes(node);
    node.querySelectorAll(`[${NAMES.join('],[')}]`).forEach(swapAttributes);
    if (config.shadow) node.querySelectorAll(config.shadow).forEach((host) => watch(host.shadowRoot));
  });

  const watch = safely((node) => {
    observer.observe(node, { childList: true, subtree: true, characterData: true, attributeFilter: NAMES });
    scan(node);
  });

  const observer = new MutationObserver((records) => {
    // A script that answers each of our writes would freeze the page: give way for up to a second.
    if (rounds++ > 98) return emit('conflict');
    if (href !== location.href) {
      arrive();
      look();
    }
    const added = new Set(records.flatMap(({ addedNodes }) => [...addedNodes]));
    added.forEach((node) => added.has(node.parentNode) || scan(node));
    records.forEach(({ target }) => (target.data ? swapNode : swapAttributes)(target));
    settle();
  });

  const settle = () => {
    blocks.forEach(swapBlock);
    blocks.clear();
    react = null;
    setTimeout(tick, 50);
  };

  const look = () => {
    scan(root);
    settle();
  };

  /** Begin a view: a page, or a route of one that never loads another. */
  const arrive = () => {
    href = location.href;
    met.clear();
    found.clear();
    far.clear();
    done = 0;
    missAt = Date.now() + 1e4; // until then a slow page may still bring its number
  };

  /** Write the numbers in place of the site's own texts, and those back wherever there is none any more. */
  const show = (numbers, texts) => {
    Object.keys(texts).forEach((own) => {
      if (!/\d\d/.test(texts[own])) throw own;
      originals[texts[own]] ??= own;
    });
    Object.assign(kept, { numbers, texts });
    look();
    emit(numbers[0] ? 'swap' : 'restore');
    root.dataset.leaseline = numbers[0] ? 'leased' : 'static';
    readers.forEach((read) => read(numbers, texts));
  };

  // The lease

  const send = (path, body) =>
    // A text body goes as text/plain: no preflight.
    fetch(new URL('v1/' + path, config.api || src), {
      method: 'POST', keepalive: true, signal: AbortSignal.timeout(4000),
      body: JSON.stringify({ ...kept, texts: 0, site: config.site, consent, url: href, ...body }),
    }).catch(say);

  const talk = async () => {
    const sent = Date.now(); // not when the answer came: on a slow line the server's promise is older than it looks
    const url = href;
    askAt = talked = Infinity;
    try {
      const asking = send(kept.lease && found.size === done && !failures ? 'beat' : 'lease', {
        referrer: document.referrer, webdriver: navigator.webdriver, view: viewed !== url,
        found: [...met, ...[...found].slice(done)],
      });
      done = found.size;
      const reply = await asking;
      if (!reply.ok) throw reply.status;
      const answer = await reply.json();
      say(answer);
      // Without a time it would be shown for ever; and consent may have been taken back meanwhile.
      if ((answer.lease && !answer.held_for) || isClosed()) throw 0;
      // The same lease has the same numbers, so what it brought before for other texts is still true.
      if (answer.numbers) show(answer.numbers, { ...(answer.lease === kept.lease && kept.texts), ...answer.texts });
      Object.assign(kept, answer, { texts: kept.texts, until: sent + answer.held_for * 1000 });
      if (answer.matched || met.size) viewed = url;
      failures = 0;
      askAt = found.size > done ? 0 : sent + answer.next_beat * 1000;
      save();
      emit(kept.numbers[0] ? 'lease' : 'static', answer);
    } catch (error) {
      emit('error', error);
      root.dataset.leaseline = 'error';
      if (error === 410) kept.until = 0; // it may be another visitor's next
      askAt = sent + 5000 * 5 ** failures++;
      done = 0;
    }
    talked = sent;
  };

  const want = () => (askAt = Math.min(askAt, talked + 1000)); // not at once: a catalogue may hold thousands of such texts

  /** Do what is due: nothing here waits for a timer of its own, which a browser that slept would have lost. */
  const tick = safely(() => {
    const now = Date.now();
    if (kept.lease && now >= kept.until) {
      kept.lease = '';
      show([], {});
      save();
      askAt = 0;
    }
    if (consent === 'framed') return kept.numbers[0] || now > missAt || parent.postMessage({ leaseline: 'get' }, '*');
    if (isClosed() || document.hidden) return;
    if (now >= askAt && (met.size || found.size > done)) talk();
    else if (now > missAt && viewed !== href && !far.size && found.size === done) {
      viewed = href;
      send('miss');
      emit('nomatch');
    }
  });

  const isClosed = () => /wait|den/.test(consent);

  /** Report every tap on a tel: link, as evidence whose call it was, and let it dial what the page shows. */
  const tap = safely((event) => {
    const link = event.composedPath()[0].closest('[href^="tel:" i]');
    if (!link) return;
    approach(link);
    tick();
    if (event.type !== 'click' || isClosed()) return;
    send('tel', { href: link.href });
    emit('tel', link);
  });

  const hear = safely(({ data, origin, source }) => {
    if (!(location.origin + ' ' + config.frames).split(' ').includes(origin)) return;
    if (data.leaseline === 'get') orders.get((leaseline, texts) => source.postMessage({ leaseline, texts }, origin));
    else if (source === parent) show(data.leaseline, data.texts, (missAt = 0)); // asked for no more: it tells of changes by itself
  });

  // Pages come and go

  const isKeeping = () => /def|gra/.test(consent);
  const cookie = (age) =>
    (document.cookie = `${key}=${kept.visitor};domain=${config.cookieDomain};path=/;max-age=${age};secure`);

  const save = safely(() => {
    if (!isKeeping()) return;
    localStorage[key] = JSON.stringify(kept); // denied or full: the lease lives as long as the page
    if (config.cookieDomain) cookie(7776000);
  });

  const leave = safely(() => {
    if (!kept.lease || !met.size) return;
    kept.until = Math.min(kept.until, Date.now() + kept.held_after_bye * 1000);
    save();
    send('bye');
  });

  /** Begin, or come back to a page that slept: what other tabs of the site have kept since goes before what we knew. */
  const start = safely((event) => {
    if (event?.persisted === false) return look(); // the page was just loaded: its components have shadow roots by now
    rounds = talked = failures = askAt = 0;
    try {
      if (isKeeping()) {
        Object.assign(kept, JSON.parse(localStorage[key] || '{}'));
        kept.visitor ||= document.cookie.split(key + '=')[1]?.split(';')[0];
      }
    } catch {
      // Denied, or not ours.
    }
    kept.first ||= { url: location.href, referrer: document.referrer, at: Date.now() };
    arrive();
    try {
      show(kept.numbers, Date.now() < kept.until ? kept.texts : null); // null throws, as rubbish does
    } catch {
      kept.lease = '';
      show([], {});
    }
    save();
  });

  // What the page may say: leaseline('get', callback) and so on.

  const orders = {
    // Now and whenever they change.
    get: (callback) => {
      readers.push(safely(callback));
      callback(kept.numbers, kept.texts);
    },
    tag: (tags) => want((kept.tags = { ...kept.tags, ...tags })),
    consent: (given) => {
      consent = fixed || 'granted';
      if (given) return start();
      orders.restore();
      delete localStorage[key];
      cookie(0);
      kept = { texts: {} };
    },
    scan: (node) => {
      watch(node || root);
      settle();
    },
    restore: () => {
      consent = 'denied';
      show([], {});
    },
    off: () => orders.consent(),
  };

  self.leaseline = safely((name, value) => orders[name](value));
  if (config.compat) self.CallTrk = { swap: orders.scan };

  addEventListener('message', hear);
  addEventListener('pagehide', leave);
  ['pointerdown', 'click'].forEach((name) => addEventListener(name, tap, true));
  // `pageshow` is from the back/forward cache, which not every browser tells as a change of visibility.
  ['online', 'pageshow', 'visibilitychange'].forEach((name) => addEventListener(name, start));
  start();
  watch(root);
  setInterval(() => {
    if (rounds > 99) look(); // at what we gave way to, or did not look at meanwhile
    rounds = 0;
    tick();
  }, 1000);
  stub?.q.forEach((order) => self.leaseline(...order));
})();
