// The page of react-app.mjs, as Vue sites are.
import { createSSRApp, h, nextTick, onMounted, ref } from 'vue';

const App = {
  setup() {
    const turns = ref(0);
    onMounted(() => {
      self.flip = () => { turns.value++; return nextTick(); };
      self.hydrated = true;
    });
    return () => h('main', [
      h('p', { id: 'phone' }, turns.value % 2 ? 'Ring 212.555.0100 now' : 'Call (212) 555-0100 today'),
      h('p', { id: 'pieces' }, ['Or (212', h('b', ') 555-'), '0100']),
      h('p', [h('a', { id: 'call', href: 'tel:+12125550100', 'aria-label': 'Call (212) 555-0100' }, 'call us')]),
    ]);
  },
};

export const makeApp = () => createSSRApp(App);
