import { lazy, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { post } from './api';
import { browserLocks } from './locks';
import { sessionName, Sessions } from './session';
import { SignIn } from './SignIn';
import { BrowserStore } from './store';
import './style.css';

// GraphiQL and Monaco are megabytes: they load after sign-in, the form does not wait for them.
const Workbench = lazy(() => import('./Workbench').then((module) => ({ default: module.Workbench })));

const store = new BrowserStore(sessionName);
const sessions = new Sessions({ post, store, locks: browserLocks(), now: Date.now });
const root = createRoot(document.getElementById('root')!);
let shown: string | undefined;

/**
 * Shows the form, or GraphiQL for the viewer. When a viewer leaves, the page loads anew: nothing that it saw
 * (answers, the schema, Monaco's documents) is left in memory for the next one.
 */
async function show() {
  const session = await sessions.current();
  if (shown && shown !== session?.viewer.id) {
    window.location.reload();
    return;
  }
  shown = session?.viewer.id;
  root.render(
    session ? (
      <Suspense fallback={<p className="loading">Loading the editor…</p>}>
        <Workbench sessions={sessions} viewer={session.viewer} />
      </Suspense>
    ) : (
      <SignIn sessions={sessions} />
    ),
  );
}

sessions.subscribe(show);
store.watch(show);
void show();
