/** What only the hosted page says. */
export const SIGN_IN = {
  again: 'Sign in',
  signOut: 'Sign out',
  failed: 'You could not be signed in.',
  stale: 'The sign-in was not begun in this tab. Sign in once more.',
  refused: (why: string) => `The sign-in says: ${why}`,
  unreadable: 'The page’s settings cannot be read. Deploy the recorder again.',
};
