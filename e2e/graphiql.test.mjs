// Tests the admin page in a real browser, against a running `aisle dev`. AISLE_URL is its address, AISLE_METRICS_URL the URL of its
// metrics.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { launch, openWatchedPage } from './browser.mjs';

const baseUrl = process.env.AISLE_URL;
const metricsUrl = process.env.AISLE_METRICS_URL;
const timeout = 60_000;
const executeButton = '.graphiql-execute-button';
const stopButton = `${executeButton}[aria-label^=Stop]`;
const skip = baseUrl && metricsUrl ? false : 'AISLE_URL or AISLE_METRICS_URL is not set';

let browser;

before(async () => {
  if (!skip) browser = await launch();
});

after(() => browser?.close());

async function open(t) {
  const { page, problems } = await openWatchedPage(browser, baseUrl);
  page.setDefaultTimeout(timeout / 2);
  t.after(() => page.context().close());
  await page.goto(new URL('/graphiql', baseUrl).href);
  return { page, problems };
}

async function signIn(page, login, password) {
  await page.fill('#login', login);
  await page.fill('#password', password);
  await page.click('#sign-in');
}

async function openMobileHome(page) {
  await page.click('[data-testid=operation-MobileHome]');
  await page.waitForSelector('.graphiql-tab-active >> text=MobileHome');
}

/** Waits until the response editor holds JSON with data or errors, and returns it. */
async function waitForResponse(page) {
  const result = await page.waitForFunction(() => {
    const models = window.__MONACO.editor.getModels().filter((model) => model.uri.path.endsWith('response.json'));
    const text = models.map((model) => model.getValue()).find((value) => /"(data|errors)"/.test(value));
    return text && JSON.parse(text);
  });
  return result.jsonValue();
}

/** Waits until the response editor shows count events, and returns them. */
async function waitForEvents(page, count) {
  const result = await page.waitForFunction((count) => {
    const models = window.__MONACO.editor.getModels().filter((model) => model.uri.path.endsWith('response.json'));
    const texts = models.map((model) => model.getValue()).filter((text) => text.includes('"events"'));
    return texts.map((text) => JSON.parse(text).events).find((events) => events.length === count);
  }, count);
  return result.jsonValue();
}

async function openOperation(page, name, variables) {
  await page.click(`[data-testid=operation-${name}]`);
  await page.waitForSelector(`.graphiql-tab-active >> text=${name}`);
  await page.evaluate((text) => {
    const models = window.__MONACO.editor.getModels();
    models.find((model) => model.uri.path.endsWith('variables.json')).setValue(text);
  }, JSON.stringify(variables));
}

async function execute(query, variables, token) {
  const response = await fetch(new URL('/graphql', baseUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined);
  return data;
}

/** Acts as the mobile app of the manager of store 1: returns the event cursor and a function that adjusts the stock of a product. */
async function signInMobile() {
  const input = { login: 'manager.1', password: 'aisle-demo' };
  const signedIn = await execute('mutation ($input: SignInInput!) { signIn(input: $input) { session { accessToken } } }', { input });
  const token = signedIn.signIn.session.accessToken;
  const { viewer } = await execute('{ viewer { store { id eventCursor stockLevels(first: 1) { edges { node { product { id } } } } } } }', {}, token);
  const { id: storeId, eventCursor: cursor, stockLevels } = viewer.store;
  const adjust = async (delta) => {
    const { adjustStock } = await execute(
      'mutation ($input: AdjustStockInput!) { adjustStock(input: $input) { stock { onHand } userErrors { message } } }',
      { input: { storeId, productId: stockLevels.edges[0].node.product.id, delta, reason: 'FOUND' } },
      token,
    );
    assert.deepEqual(adjustStock.userErrors, []);
    return adjustStock.stock.onHand;
  };
  return { storeId, cursor, adjust };
}

/** Waits until the server has count open event streams. */
async function waitForStreams(count) {
  for (let tries = 0; tries < 100; tries++) {
    const metrics = await (await fetch(metricsUrl)).text();
    const open = Number(/^aisle_connections_open\{transport="sse"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
    if (open === count) return;
    await setTimeout(100);
  }
  assert.fail(`the server does not reach ${count} open event streams`);
}

/** Changes fields of the stored session. */
function alterSession(page, fields) {
  return page.evaluate(
    (fields) =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open('aisle.session');
        opening.onerror = reject;
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('values', 'readwrite');
          const values = transaction.objectStore('values');
          const reading = values.get('current');
          reading.onsuccess = () => values.put({ ...reading.result, ...fields }, 'current');
          transaction.onabort = reject;
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
        };
      }),
    fields,
  );
}

test('a wrong password shows the message of the API', { skip, timeout }, async (t) => {
  const { page, problems } = await open(t);

  await signIn(page, 'manager.1', 'not-the-password');
  await page.waitForFunction(() => document.querySelector('#sign-in-error').textContent !== '');

  assert.match(await page.textContent('#sign-in-error'), /\w+ .*\.$/, 'a sentence');
  assert.equal(await page.inputValue('#login'), 'manager.1', 'the form keeps the login');
  assert.deepEqual(problems, []);
});

test('a store manager signs in, runs MobileHome and signs out', { skip, timeout }, async (t) => {
  const { page, problems } = await open(t);

  await signIn(page, 'manager.1', 'aisle-demo');
  await page.waitForSelector('#sign-out');
  assert.match(await page.textContent('#viewer'), /\S+ .*STORE_MANAGER/);

  await page.reload();
  await page.waitForSelector('#sign-out');

  await openMobileHome(page);
  await page.click(executeButton);
  const { data, errors } = await waitForResponse(page);

  assert.equal(errors, undefined);
  assert.equal(data.viewer.role, 'STORE_MANAGER');
  assert.match(data.viewer.store.code, /\S/);
  assert.ok(data.viewer.store.tasks.edges.length > 0, 'open tasks');

  await page.click('#sign-out');
  await page.waitForSelector('#login');
  await page.reload();
  await page.waitForSelector('#login');
  assert.deepEqual(problems, []);
});

test('the explorer and the documentation show the schema after sign-in', { skip, timeout }, async (t) => {
  const { page, problems } = await open(t);

  await signIn(page, 'manager.1', 'aisle-demo');
  await page.click('[aria-label="Show GraphiQL Explorer"]');
  await page.waitForSelector('.graphiql-explorer-root >> text=viewer');
  await page.click('[aria-label="Show Documentation Explorer"]');
  await page.waitForSelector('.graphiql-doc-explorer >> text=Mutation');

  assert.deepEqual(problems, []);
});

test('two tabs refresh their session once', { skip, timeout }, async (t) => {
  const { page, problems } = await open(t);
  await signIn(page, 'manager.1', 'aisle-demo');
  await page.waitForSelector('#sign-out');
  const other = await page.context().newPage();
  await other.goto(page.url());
  await Promise.all([page, other].map(openMobileHome));
  let refreshes = 0;
  page.context().on('request', (request) => {
    if (request.postData()?.includes('RefreshSession')) refreshes++;
  });

  await alterSession(page, { expiresAt: 0 });
  await Promise.all([page, other].map((tab) => tab.click(executeButton)));
  const answers = await Promise.all([page, other].map(waitForResponse));

  assert.deepEqual(answers.map(({ data }) => data.viewer.role), ['STORE_MANAGER', 'STORE_MANAGER']);
  assert.equal(refreshes, 1);
  assert.deepEqual(problems, []);
});

test('an unknown session leads back to the form', { skip, timeout }, async (t) => {
  const { page, problems } = await open(t);
  await signIn(page, 'manager.1', 'aisle-demo');
  await openMobileHome(page);

  await alterSession(page, { accessToken: 'unknown', refreshToken: 'unknown' });
  await page.click(executeButton);

  await page.waitForSelector('#login');
  const others = problems.filter((problem) => !/\b401\b/.test(problem));
  assert.deepEqual(others, [], 'there are no problems but the 401 that tells the page');
});

test('events appear in order until the subscription is stopped', { skip, timeout }, async (t) => {
  const { page, problems } = await open(t);
  const { storeId, cursor, adjust } = await signInMobile();
  await signIn(page, 'manager.1', 'aisle-demo');
  await openOperation(page, 'StoreEvents', { storeId, after: cursor });

  await page.click(executeButton);
  const first = await adjust(3);
  await waitForEvents(page, 1);
  const second = await adjust(-1);
  const seen = (await waitForEvents(page, 2)).map(({ data }) => data.storeEvents);

  assert.deepEqual(seen.map(({ type }) => type), ['STOCK_CHANGED', 'STOCK_CHANGED']);
  assert.deepEqual(seen.map(({ stock }) => stock.onHand), [second, first], 'the newest first');
  await waitForStreams(1);
  await page.click(stopButton);
  await page.waitForSelector(`${executeButton}[aria-label^=Execute]`);
  await waitForStreams(0);
  assert.deepEqual(problems, []);
});

test('a subscription survives the expiry of its token and misses no event', { skip, timeout }, async (t) => {
  const { page, problems } = await open(t);
  const { cursor, adjust } = await signInMobile();
  await signIn(page, 'admin', 'aisle-demo');
  await openOperation(page, 'PartnerEvents', { after: cursor });
  let refreshes = 0;
  page.context().on('request', (request) => {
    if (request.postData()?.includes('RefreshSession')) refreshes++;
  });
  const isStream = (request) => request.headers().accept === 'text/event-stream';
  const message = (result) => `event: next\ndata: ${JSON.stringify(result)}\n\n`;
  let connections = 0;
  await page.route('**/graphql', async (route, request) => {
    if (!isStream(request) || connections++ > 0) return route.fallback();
    await alterSession(page, { accessToken: 'expired' });
    await adjust(2); // while the page is disconnected
    const expired = { errors: [{ message: 'The access token has expired.', extensions: { code: 'UNAUTHENTICATED' } }] };
    return route.fulfill({
      contentType: 'text/event-stream',
      body: `:\n\n${message({ data: { events: { id: 'before', cursor } } })}${message(expired)}event: complete\ndata: \n\n`,
    });
  });

  await page.click(executeButton);
  const [missed, before] = await waitForEvents(page, 2);

  assert.equal(before.data.events.id, 'before');
  assert.equal(missed.data.events.type, 'STOCK_CHANGED');
  assert.match(missed.data.events.store.code, /\S/);
  assert.equal(refreshes, 1);
  assert.deepEqual(problems, []);
});

test('a subscription ends with the tab that shows it', { skip, timeout }, async (t) => {
  const { page, problems } = await open(t);
  const { storeId } = await signInMobile();
  await signIn(page, 'manager.1', 'aisle-demo');
  await openOperation(page, 'StoreEvents', { storeId });
  await page.click(executeButton);
  await waitForStreams(1);

  await page.click('[aria-label="New tab"]');

  await waitForStreams(0);
  await page.waitForSelector(`${executeButton}[aria-label^=Execute]`);
  assert.deepEqual(problems, []);
});

test('a rejected subscription shows the message of the server', { skip, timeout }, async (t) => {
  const { page, problems } = await open(t);
  await signIn(page, 'manager.1', 'aisle-demo');
  await openOperation(page, 'StoreEvents', { storeId: 'nonsense' });

  await page.click(executeButton);
  const { errors } = await waitForResponse(page);

  assert.match(errors[0].message, /"nonsense" is not an id/);
  await page.waitForSelector(`${executeButton}[aria-label^=Execute]`);
  assert.deepEqual(problems, []);
});
