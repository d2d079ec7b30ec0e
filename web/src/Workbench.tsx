import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { GraphiQL, type GraphiQLProps } from 'graphiql';
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import { useCallback, useEffect, useState } from 'react';
import { openEventStream } from './eventStream';
import { operationsPlugin } from './Operations';
import type { Sessions, Viewer } from './session';
import { findSubscription, sleep, Subscription } from './subscription';

const plugins = [operationsPlugin, explorerPlugin(), HISTORY_PLUGIN];

const welcome = `# Select an operation of a client on the left, build one in the explorer, or write your own.
# Ctrl-Enter executes it. Ctrl-Space completes names.

query Me {
  viewer {
    displayName
    role
  }
}
`;

/** GraphiQL for the signed-in viewer, below a header with the viewer's name and role. */
export function Workbench({ sessions, viewer }: { sessions: Sessions; viewer: Viewer }) {
  const [signingOut, setSigningOut] = useState(false);
  const fetcher: GraphiQLProps['fetcher'] = useCallback(
    (request, options) => {
      const operation = findSubscription(request);
      return operation
        ? new Subscription(request, operation, options?.headers ?? {}, { sessions, openEventStream, sleep })
        : sessions.send(request, options?.headers);
    },
    [sessions],
  );
  const signOut = () => {
    setSigningOut(true);
    void sessions.signOut();
  };
  return (
    <div className="workbench">
      <header>
        <h1>Aisle</h1>
        <p id="viewer">
          <span>{viewer.displayName}</span> <span className="role">{viewer.role}</span>
        </p>
        <button id="sign-out" type="button" onClick={signOut} disabled={signingOut}>
          Sign out
        </button>
      </header>
      <GraphiQL fetcher={fetcher} plugins={plugins} visiblePlugin={operationsPlugin} defaultQuery={welcome}>
        <GraphiQL.Logo>
          <StopOnTabChange />
        </GraphiQL.Logo>
      </GraphiQL>
    </div>
  );
}

/**
 * Renders nothing. Ends a subscription when its tab is no longer shown. GraphiQL does so itself, except for a new tab, which would
 * continue to show the events of the old one.
 */
function StopOnTabChange() {
  const { stop } = useGraphiQLActions();
  const activeTab = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]?.id);
  useEffect(() => stop, [activeTab, stop]);
  return null;
}
