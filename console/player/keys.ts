import type { PlayerState } from './use-player.ts';

/** Keys that a field or a button needs itself. */
const OF_FIELDS = /^(INPUT|SELECT|TEXTAREA)$/;
const OF_BUTTONS = /^(BUTTON|SUMMARY|A)$/;

/** For the whole player: one-letter keys work only while the focus is in it, and so take nothing from a screen reader. */
export function keyPressed(player: PlayerState) {
  return (event: KeyboardEvent): void => {
    const { tagName } = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || OF_FIELDS.test(tagName)) return;
    if (OF_BUTTONS.test(tagName) && (event.key === ' ' || event.key === 'Enter')) return;
    const act = ACTIONS[event.key.toLowerCase()];
    if (act === undefined) return;
    event.preventDefault();
    act(player);
  };
}

const toggleChannel = (channel: number) => (player: PlayerState) => {
  if (channel < player.volumes.length) player.changeVolume(channel, player.volumes[channel] === 0 ? 1 : 0);
};

const ACTIONS: { readonly [key: string]: (player: PlayerState) => unknown } = {
  ' ': ({ toggle }) => toggle(),
  k: ({ toggle }) => toggle(),
  j: ({ skip }) => skip(-10),
  l: ({ skip }) => skip(10),
  pagedown: ({ skip }) => skip(-10),
  pageup: ({ skip }) => skip(10),
  arrowleft: ({ skip }) => skip(-1),
  arrowdown: ({ skip }) => skip(-1),
  arrowright: ({ skip }) => skip(1),
  arrowup: ({ skip }) => skip(1),
  home: ({ seek }) => seek(0),
  end: ({ seek, duration }) => seek(duration),
  '[': ({ stepSpeed }) => stepSpeed(-1),
  ']': ({ stepSpeed }) => stepSpeed(1),
  s: ({ setSkips, skips, canSkip }) => setSkips(canSkip && !skips),
  1: toggleChannel(0),
  2: toggleChannel(1),
};
