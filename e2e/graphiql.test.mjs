// The admin's page in a real browser, against a running `aisle dev` whose address is in AISLE_URL, and that of its
// metrics in AISLE_METRICS_URL.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { launch, openWatchedPage } from './browser.mjs';

const baseUrl = process.env.AISLE_URL;
const metricsUrl = process.env.AISLE_METRICS_URL;
const timeout = 60_000;
const run = '.graphiql-execute-button';
const stop = `${run}[aria-label^=Stop]`;
const skip = baseUrl && metricsUrl ? false : 'AISLE_URL or AISLE_METRICS_URL is not set';

let browser;

before(async () => {
  if (!skip) browser = await launch();
});

after(() => browser?.close());

async function open(t) {
  const { page, complaints } = await openWatchedPage(browser, baseUrl);
  page.setDefaultTimeout(timeout / 2);
  t.after(() => page.context().close());
  await page.goto(new URL('/graphiql', baseUrl).href);
  return { page, complaints };
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

/** Waits until the answer's editor holds JSON with data or errors, and returns it. */
async function answer(page) {
  const result = await page.waitForFunction(() => {
    const answers = window.__MONACO.editor.getModels().filter((model) => model.uri.path.endsWith('response.json'));
    const text = answers.map((model) => model.getValue()).find((value) => /"(data|errors)"/.test(value));
    return text && JSON.parse(text);
  });
  return result.jsonValue();
}

/** Waits until the answer's editor shows so many events, and returns them. */
async function events(page, count) {
  const result = await page.waitForFunction((count) => {
    const answers = window.__MONACO.editor.getModels().filter((model) => model.uri.path.endsWith('response.json'));
    const texts = answers.map((model) => model.getValue()).filter((text) => text.includes('"events"'));
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

async function ask(query, variables, token) {
  const response = await fetch(new URL('/graphql', baseUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined);
  return data;
}

/** The mobile app of the manager of store 1: it corrects the stock of a product, and knows where the log is. */
async function mobile() {
  const input = { login: 'manager.1', password: 'aisle-demo' };
  const signedIn = await ask('mutation ($input: SignInInput!) { signIn(input: $input) { session { accessToken } } }', { input });
  const token = signedIn.signIn.session.accessToken;
  const { viewer } = await ask('{ viewer { store { id cursor stock(first: 1) { edges { node { product { id } } } } } } }', {}, token);
  const { id: storeId, cursor, stock } = viewer.store;
  const adjust = async (delta) => {
    const { adjustStock } = await ask(
      'mutation ($input: AdjustStockInput!) { adjustStock(input: $input) { stock { onHand } userErrors { message } } }',
      { input: { storeId, productId: stock.edges[0].node.product.id, delta, reason: 'Counted.' } },
      token,
    );
    assert.deepEqual(adjustStock.userErrors, []);
    return adjustStock.stock.onHand;
  };
  return { storeId, cursor, adjust };
}

/** Waits until the server serves so many event streams. */
async function streams(count) {
  for (let tries = 0; tries < 100; tries++) {
    const metrics = await (await fetch(metricsUrl)).text();
    const open = Number(/^aisle_streams\{transport="sse"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
    if (open === count) return;
    await setTimeout(100);
  }
  assert.fail(`the server does not come to serve ${count} streams`);
}

/** Changes fields of the session that the page has stored. */
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

test('a wrong password is refused in the words of the API', { skip, timeout }, async (t) => {
  const { page, complaints } = await open(t);

  await signIn(page, 'manager.1', 'not-the-password');
  await page.waitForFunction(() => document.querySelector('#sign-in-error').textContent !== '');

  assert.match(await page.textContent('#sign-in-error'), /\w+ .*\.$/, 'a sentence');
  assert.equal(await page.inputValue('#login'), 'manager.1', 'the login need not be typed again');
  assert.deepEqual(complaints, []);
});

test('a store manager signs in, runs MobileHome and signs out', { skip, timeout }, async (t) => {
  const { page, complaints } = await open(t);

  await signIn(page, 'manager.1', 'aisle-demo');
  await page.waitForSelector('#sign-out');
  assert.match(await page.textContent('#viewer'), /\S+ .*STORE_MANAGER/);

  await page.reload();
  await page.waitForSelector('#sign-out');

  await openMobileHome(page);
  await page.click(run);
  const { data, errors } = await answer(page);

  assert.equal(errors, undefined);
  assert.equal(data.viewer.role, 'STORE_MANAGER');
  assert.match(data.viewer.store.code, /\S/);
  assert.ok(data.viewer.store.tasks.edges.length > 0, 'open tasks');

  await page.click('#sign-out');
  await page.waitForSelector('#login');
  await page.reload();
  await page.waitForSelector('#login');
  assert.deepEqual(complaints, []);
});

test('the schema is there after sign-in, for the explorer and the documentation', { skip, timeout }, async (t) => {
  const { page, complaints } = await open(t);

  await signIn(page, 'manager.1', 'aisle-demo');
  await page.click('[aria-label="Show GraphiQL Explorer"]');
  await page.waitForSelector('.graphiql-explorer-root >> text=viewer');
  await page.click('[aria-label="Show Documentation Explorer"]');
  await page.waitForSelector('.graphiql-doc-explorer >> text=Mutation');

  assert.deepEqual(complaints, []);
});

test('two tabs renew their session once', { skip, timeout }, async (t) => {
  const { page, complaints } = await open(t);
  await signIn(page, 'manager.1', 'aisle-demo');
  await page.waitForSelector('#sign-out');
  const other = await page.context().newPage();
  await other.goto(page.url());
  await Promise.all([page, other].map(openMobileHome));
  let renewals = 0;
  page.context().on('request', (request) => {
    if (request.postData()?.includes('RefreshSession')) renewals++;
  });

  await alterSession(page, { expiresAt: 0 });
  await Promise.all([page, other].map((tab) => tab.click(run)));
  const answers = await Promise.all([page, other].map(answer));

  assert.deepEqual(answers.map(({ data }) => data.viewer.role), ['STORE_MANAGER', 'STORE_MANAGER']);
  assert.equal(renewals, 1);
  assert.deepEqual(complaints, []);
});

test('a session that the server does not know leads back to the form', { skip, timeout }, async (t) => {
  const { page, complaints } = await open(t);
  await signIn(page, 'manager.1', 'aisle-demo');
  await openMobileHome(page);

  await alterSession(page, { accessToken: 'unknown', refreshToken: 'unknown' });
  await page.click(run);

  await page.waitForSelector('#login');
  const others = complaints.filter((complaint) => !/\b401\b/.test(complaint));
  assert.deepEqual(others, [], 'a 401 is how the page is told; nothing else may be wrong');
});

test('events appear one after the other until the subscription is stopped', { skip, timeout }, async (t) => {
  const { page, complaints } = await open(t);
  const { storeId, cursor, adjust } = await mobile();
  await signIn(page, 'manager.1', 'aisle-demo');
  await openOperation(page, 'StoreEvents', { storeId, after: cursor });

  await page.click(run);
  const first = await adjust(3);
  await events(page, 1);
  const second = await adjust(-1);
  const seen = (await events(page, 2)).map(({ data }) => data.storeEvents);

  assert.deepEqual(seen.map(({ type }) => type), ['STOCK_CHANGED', 'STOCK_CHANGED']);
  assert.deepEqual(seen.map(({ stock }) => stock.onHand), [second, first], 'the latest first');
  await streams(1);
  await page.click(stop);
  await page.waitForSelector(`${run}[aria-label^=Execute]`);
  await streams(0);
  assert.deepEqual(complaints, []);
});

test('a subscription outlives its token and misses nothing', { skip, timeout }, async (t) => {
  const { page, complaints } = await open(t);
  const { cursor, adjust } = await mobile();
  await signIn(page, 'admin', 'aisle-demo');
  await openOperation(page, 'PartnerEvents', { after: cursor });
  let renewals = 0;
  page.context().on('request', (request) => {
    if (request.postData()?.includes('RefreshSession')) renewals++;
  });
  const isStream = (request) => request.headers().accept === 'text/event-stream';
  const message = (result) => `event: next\ndata: ${JSON.stringify(result)}\n\n`;
  let connections = 0;
  await page.route('**/graphql', async (route, request) => {
    if (!isStream(request) || connections++ > 0) return route.fallback();
    await alterSession(page, { accessToken: 'expired' });
    await adjust(2); // while nobody listens
    const refusal = { errors: [{ message: 'The access token has expired.', extensions: { code: 'UNAUTHENTICATED' } }] };
    return route.fulfill({
      contentType: 'text/event-stream',
      body: `:\n\n${message({ data: { events: { id: 'before', cursor } } })}${message(refusal)}event: complete\ndata: \n\n`,
    });
  });

  await page.click(run);
  const [missed, before] = await events(page, 2);

  assert.equal(before.data.events.id, 'before');
  assert.equal(missed.data.events.type, 'STOCK_CHANGED');
  assert.match(missed.data.events.store.code, /\S/);
  assert.equal(renewals, 1);
  assert.deepEqual(complaints, []);
});

test('a subscription ends with the tab that shows it', { skip, timeout }, async (t) => {
  const { page, complaints } = await open(t);
  const { storeId } = await mobile();
  await signIn(page, 'manager.1', 'aisle-demo');
  await openOperation(page, 'StoreEvents', { storeId });
  await page.click(run);
  await streams(1);

  await page.click('[aria-label="New tab"]');

  await streams(0);
  await page.waitForSelector(`${run}[aria-label^=Execute]`);
  assert.deepEqual(complaints, []);
});

test('a refused subscription shows the words of the server', { skip, timeout }, async (t) => {
  const { page, complaints } = await open(t);
  await signIn(page, 'manager.1', 'aisle-demo');
  await openOperation(page, 'StoreEvents', { storeId: 'nonsense' });

  await page.click(run);
  const { errors } = await answer(page);

  assert.match(errors[0].message, /"nonsense" is not an id/);
  await page.waitForSelector(`${run}[aria-label^=Execute]`);
  assert.deepEqual(complaints, []);
});
