// The other ways of matching two devices; the usual one is in pairing.test.ts.
import * as steps from './fixtures/steps.ts';
import { expect, test, type Page } from './fixtures/test.ts';

test('"type": the computer asks for the number of the phone', async ({ computer, phone }) => {
  await usePolicy(computer, 'type');
  const number = await steps.claim(computer, phone);
  await computer.getByTestId('type-number').fill(String(number));
  await computer.getByTestId('type-submit').click();
  await steps.expectPhase(computer, 'connected');
  await steps.expectPhase(phone, 'connected');
});

test('"type": another number kills the link', async ({ computer, phone }) => {
  await usePolicy(computer, 'type');
  const number = await steps.claim(computer, phone);
  await computer.getByTestId('type-number').fill(String(number === 99 ? 10 : number + 1));
  await computer.getByTestId('type-submit').click();
  await steps.expectEnd(computer, 'scary');
  await steps.expectEnd(phone, 'scary');
});

test('"both": each side finds the number of the other', async ({ computer, phone }) => {
  await usePolicy(computer, 'both');
  await phone.goto(await steps.scan(computer));
  await phone.getByTestId('connect').click();
  const look = (await computer.getByTestId('look-number').textContent()) ?? '';
  await phone.getByTestId('choice').getByText(look, { exact: true }).click();
  const number = Number(await phone.getByTestId('number').textContent());
  await steps.choose(computer, number);
  await steps.expectPhase(computer, 'connected');
  await steps.expectPhase(phone, 'connected');
});

test('"both": the phone that finds no such number kills the link', async ({ computer, phone }) => {
  await usePolicy(computer, 'both');
  await phone.goto(await steps.scan(computer));
  await phone.getByTestId('connect').click();
  await phone.getByTestId('choice-none').click();
  await steps.expectEnd(phone, 'scary');
  await steps.expectEnd(computer, 'scary');
});

test('"tap": the tap on the phone is enough', async ({ computer, phone }) => {
  await usePolicy(computer, 'tap');
  await phone.goto(await steps.scan(computer));
  await phone.getByTestId('connect').click();
  await steps.expectPhase(computer, 'connected');
  await steps.expectPhase(phone, 'connected');
});

/** As if the program had been started with --confirm. */
async function usePolicy(computer: Page, confirm: string): Promise<void> {
  await computer.route('**/config.json', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), confirm } });
  });
  await computer.reload();
  await expect(computer.getByTestId('qr')).toBeVisible();
}
