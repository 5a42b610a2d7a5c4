import { useState } from 'react';
import { forgetKey, storedKey } from './api/client';
import { queryClient } from './api/queries';
import { Inbox } from './inbox';
import { SignIn } from './sign-in';

export function App() {
  const [signedIn, setSignedIn] = useState(storedKey() !== null);
  const signOut = () => {
    forgetKey();
    queryClient.clear();
    setSignedIn(false);
  };
  return signedIn ? <Inbox onSignOut={signOut} /> : <SignIn onDone={() => setSignedIn(true)} />;
}
