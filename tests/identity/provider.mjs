// An identity provider for the tests: oidc-provider with three people, whose groups are told in the
// ID token. Arguments: its port, Klarsyn's address, the algorithm of its signatures. A login form
// takes the account's name; the password is "hemmelig". POST /tests/end?account=NAME ends that
// person's sessions and tells Klarsyn (back-channel logout). Prints "ready" when it listens.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [port, klarsyn, algorithm] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const people = {
  anna: { preferred_username: 'Anna', name: 'Anna Sørensen', email: 'anna@region.example', groups: ['KLARSYN-Agenter', 'Alle'] },
  bo: { preferred_username: 'bo', name: 'Bo Lund', email: 'bo@region.example', groups: ['Alle'] },
  ida: { preferred_username: 'admin', name: 'Ida Berg', groups: ['klarsyn-ledere'] },
};

const pair = algorithm === 'ES256'
  ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
  : generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...pair.privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: algorithm, use: 'sig' };

const provider = new Provider(issuer, {
  jwks: { keys: [key] },
  cookies: { keys: ['tests only'] },
  clients: [{
    client_id: 'klarsyn',
    client_secret: 'en hemmelighed: +%&=/',
    redirect_uris: [`${klarsyn}/login/oidc/callback`],
    backchannel_logout_uri: `${klarsyn}/login/oidc/logout`,
    id_token_signed_response_alg: algorithm,
    scope: 'openid profile email groups',
  }],
  claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email'], groups: ['groups'] },
  conformIdTokenClaims: process.env.CLAIMS_IN_TOKEN !== '1',
  pkce: { required: () => true },
  // Klarsyn is on this machine, where the provider's own guard would not let it go.
  fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
  features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true }, userinfo: { enabled: true } },
  interactions: { url: (_, interaction) => `/tests/login/${interaction.uid}` },
  findAccount: (_, id) => people[id] && {
    accountId: id,
    claims: () => ({ sub: id, ...people[id] }),
  },
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid profile email groups');
    await grant.save();
    return grant;
  },
});

async function body(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return new URLSearchParams(text);
}

async function sign_in(request, response) {
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html');
    return response.end('<form method="post"><input name="account"><input name="password" type="password"></form>');
  }
  const form = await body(request);
  const fits = people[form.get('account')] && form.get('password') === 'hemmelig';
  const result = fits ? { login: { accountId: form.get('account') } }
    : { error: 'access_denied', error_description: 'wrong' };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

// What the provider itself does where a person is thrown out: a signed logout token to the client.
async function end(response, account) {
  const client = await provider.Client.find('klarsyn');
  await client.backchannelLogout(account, randomUUID());
  response.end('told');
}

const callback = provider.callback();
createServer((request, response) => {
  const url = new URL(request.url, issuer);
  const handle = async () => {
    if (url.pathname.startsWith('/tests/login/')) return sign_in(request, response);
    if (url.pathname === '/tests/end') return end(response, url.searchParams.get('account'));
    return callback(request, response);
  };
  handle().catch((error) => { console.error(error); response.statusCode = 500; response.end(String(error)); });
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
