/*
 * The demo's panel: which number stands on the page, who holds it, and calls to it. It reads the number from the page
 * itself, as a person does, and the rest from the demo's server.
 */
'use strict';

const EVERY = 1000; // ms between looks at the server
const PATIENCE = 5000; // ms until a number that has not come is said to be missing
const CHOICES = {
  idle: 'the number that rested longest',
  running: 'the number that this visitor holds',
  same: 'the number that this visitor had before',
  recycled: 'the one that cooled longest, as none was free',
};
const STEPS = {
  ringing: (number) => `Calling ${number}: it rings at the shop …`,
  talking: (number) => `${number} is answered; they talk for four seconds …`,
  logging: () => 'They hung up. The switch writes its record …',
};
const KEPT = 'The page keeps its own number, and calls to that ring as ever.';
const SWITCH_GONE = 'The telephone switch has stopped, so no call gets through. Stop the demo and start it again.';
const ENDED = 'The demo has ended. Start it again with “make demo”, and open the address that it prints.';
const DIALLING = 'Dialling …';
const DONE = 'The call is over: its row is the first of the log.';

const byId = (id) => document.getElementById(id);
let said = byId('line').textContent.trim();
let refused = false;
let calling = false;
let ready = false; // the first answer is on the page; what comes later is new
let newest; // row of the log
let presses = 0;
let timer;

// Words

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
const left = ({ state, seconds }) =>
  state === 'active' ? `for ${clock(Math.max(seconds, 0))} more` : `since ${clock(Math.max(-seconds, 0))}`;
/** A URL may break before each of its parameters. */
const place = (url) => (url ? url.replace(location.origin, '').replaceAll('&', ' &') : 'not known');
const origin = (url) => url || 'no page that the browser names';

const way = ({ source, medium, channel }) => (source ? `${source} / ${medium}: ${channel}` : 'not known');
const visitor = ({ device_type, returning }) =>
  returning === null ? 'not known' : `${returning ? 'a returning' : 'a new'} one, ${device_type || 'device not known'}`;

const talk = ({ end_time, answered, talk_time }) =>
  !end_time ? 'they are on the line' : answered ? `talked ${talk_time.toFixed(1)} s` : 'nobody answered';

const callWords = (call) => ({
  state: call.contested ? `${call.state}, contested` : call.state,
  campaign: call.campaign || 'no campaign',
  time: new Date(call.start_time).toLocaleTimeString(),
  who: call.visitor ? `Visitor ${call.visitor}, from ${call.caller_display},` : call.caller_display || 'Somebody',
  number: call.number_display,
  talk: talk(call),
  reason: call.attribution_reason,
  likelihood: call.likelihood === null ? 'no visitor is claimed' : `${Math.round(call.likelihood * 100)} %`,
  way: way(call),
  landing: place(call.landing_page_url),
  referrer: origin(call.referring_url),
  visitor: visitor(call),
});

const leaseWords = (lease) => ({
  number: lease.display,
  visitor: `visitor ${lease.visitor}, ${lease.campaign || 'no campaign'}`,
  state: lease.state,
  left: left(lease),
});

const visitWords = (lease) => ({
  state: lease.state,
  left: lease.state === 'active' ? `${left(lease)}, longer while this page is open` : left(lease),
  choice: CHOICES[lease.choice] || lease.choice,
  campaign: lease.campaign || 'none',
  landing: place(lease.landing_page_url),
  referrer: origin(lease.referring_url),
});

/** Say why the page's own number stands there. */
const whyOwn = ({ web }) => {
  const { leaseline } = document.documentElement.dataset;
  if (!web) return `Leaseline does not answer. ${KEPT}`;
  if (leaseline === 'static') return `Every number is taken just now. ${KEPT}`;
  if (leaseline === 'error') return `Leaseline could not be asked. ${KEPT}`;
  if (performance.now() < PATIENCE) return 'Asking for a number …';
  return `No number came: does something in this browser keep scripts from loading? ${KEPT}`;
};

// The page

const put = (node, text) => node.textContent !== text && (node.textContent = text);

const fill = (holder, words) => {
  for (const [name, text] of Object.entries(words)) {
    const node = holder.querySelector(`[data-field=${name}]`);
    put(node, text);
    if (name === 'state') node.dataset.state = text;
  }
};

const make = (template, key) => {
  const item = byId(template).content.firstElementChild.cloneNode(true);
  item.dataset.key = key;
  item.classList.toggle('fresh', ready);
  return item;
};

/** Bring a list up to date without making rows anew: a button under a finger must stay. */
const list = (holder, template, rows, key, words) => {
  const old = new Map([...holder.children].map((item) => [item.dataset.key, item]));
  rows.forEach((row, at) => {
    const item = old.get(row[key]) || make(template, row[key]);
    old.delete(row[key]);
    fill(item, words(row));
    if (holder.children[at] !== item) holder.insertBefore(item, holder.children[at] || null);
  });
  old.forEach((item) => item.remove());
};

const shown = () => document.querySelector('#phone a').getAttribute('href').replace(/^tel:/, '');

/** Count where the shop's page has a number, in text and in what is dialled or read out. */
const places = (number) => {
  const pattern = new RegExp([...number.slice(2)].join('\\D{0,3}'), 'g');
  const parts = [...document.querySelectorAll('.shop')];
  const spoken = [...document.querySelectorAll('.shop a')].flatMap((link) => [link.getAttribute('href'), link.ariaLabel]);
  return [...parts.map((part) => part.textContent), ...spoken].join('\n').match(pattern)?.length || 0;
};

const showNumber = (state) => {
  const number = shown();
  const isOwn = number === state.own.number;
  put(byId('number'), document.querySelector('#phone a').textContent);
  byId('number').classList.toggle('own', isOwn);
  put(byId('holding'), isOwn ? whyOwn(state) : state.web ? 'This visitor’s own, for now.' : 'Leaseline does not answer. The number stays until its time is up.');
  byId('holding').classList.toggle('trouble', !state.web);
  put(byId('own'), state.own.display);
  put(byId('places'), isOwn ? 'Nothing was rewritten.' : `Rewritten in ${places(number)} places, each in its own format.`);
  byId('visit').hidden = isOwn || !state.lease;
  if (!byId('visit').hidden) fill(byId('visit'), visitWords(state.lease));
  put(byId('call'), `Call ${document.querySelector('#phone a').textContent}`);
};

const showLine = ({ call, waiting, fault, switch: runs }) => {
  if (calling && !call && !waiting) said = fault || DONE;
  calling = Boolean(call || waiting);
  const more = call ? waiting : waiting - 1;
  const queue = more > 0 ? `${more} more ${more === 1 ? 'call waits' : 'calls wait'}.` : '';
  const words = [call ? STEPS[call.step](call.display) : calling && DIALLING, queue, calling && !refused ? '' : said].filter(Boolean).join(' ');
  put(byId('line'), runs ? words : SWITCH_GONE);
  byId('line').classList.toggle('trouble', !runs || Boolean(fault && !calling));
  byId('panel').classList.toggle('calling', calling);
};

/** Open a call that is new at the top of the log, and fold the one before. */
const unfold = (row) => {
  if (!row || row === newest) return;
  if (newest) newest.firstElementChild.open = false;
  row.firstElementChild.open = true;
  newest = row;
};

const show = (state) => {
  showNumber(state);
  showLine(state);
  byId('nocalls').hidden = state.calls.length > 0;
  list(byId('calls'), 'call-row', state.calls, 'id', callWords);
  unfold(byId('calls').firstElementChild);
  list(byId('leases'), 'lease-row', state.leases, 'number', leaseWords);
  document.querySelectorAll('#panel button').forEach((button) => (button.disabled = !state.switch));
  ready = true;
};

const showEnd = () => {
  put(byId('line'), ENDED);
  byId('line').classList.add('trouble');
  document.querySelectorAll('#panel button').forEach((button) => (button.disabled = true));
};

// The server

/** Return the answer; none where the server is gone, which the page then says, or stumbled, which the next look mends. */
const ask = async (path, options) => {
  const reply = await fetch(path, options).catch(() => null);
  if (!reply) showEnd();
  return reply && reply.json().catch(() => null);
};

const look = async () => {
  clearTimeout(timer);
  const before = presses;
  const state = document.hidden ? null : await ask(`/demo/state?number=${encodeURIComponent(shown())}`);
  clearTimeout(timer);
  timer = setTimeout(look, EVERY);
  // What was asked before a call was asked for does not know of it: the line would say that it is over.
  if (state && before === presses) show(state);
};

const press = async (number) => {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await ask('/demo/call', { method: 'POST', headers, body: JSON.stringify({ number }) });
  if (!answer) return;
  presses += 1;
  said = answer.declined;
  refused = Boolean(said);
  calling ||= !refused;
  look();
};

byId('call').addEventListener('click', () => press(shown()));
byId('leases').addEventListener('click', ({ target }) => {
  if (target.matches('button')) press(target.closest('li').dataset.key);
});
for (const name of ['lease', 'swap', 'static', 'error', 'restore']) document.addEventListener(`leaseline:${name}`, look);
document.addEventListener('visibilitychange', look);
look();
