// A page as React sites are: a number in one text, in three pieces, and in a link; `flip` writes the first one anew.
import { createElement as h, useEffect, useState } from 'react';
import { flushSync } from 'react-dom';

export function App() {
  const [turns, setTurns] = useState(0);
  useEffect(() => {
    self.flip = () => flushSync(() => setTurns((before) => before + 1));
    self.hydrated = true;
  }, []);
  return h('main', null,
    h('p', { id: 'phone' }, turns % 2 ? 'Ring 212.555.0100 now' : 'Call (212) 555-0100 today'),
    h('p', { id: 'pieces' }, 'Or (212', ') 555-', '0100'),
    h('p', null, h('a', { id: 'call', href: 'tel:+12125550100', 'aria-label': 'Call (212) 555-0100' }, 'call us')));
}
