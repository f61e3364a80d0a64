import { request } from '@playwright/test';

import { ChildProgram } from '../packages/pairwire/test/cli/child-program.ts';
import { PHONE_HOST } from './fixtures/server.ts';
import * as steps from './fixtures/steps.ts';
import { expect, test } from './fixtures/test.ts';

test('the code on the screen is a link with the GUID that stands beside it', async ({
  computer,
}) => {
  const link = await steps.scan(computer);
  const guid = await computer.getByTestId('guid').textContent();
  expect(link).toBe(`http://${PHONE_HOST}/p#${guid}`);
  expect(guid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('the phone page is no secure context, connects all the same, and says what that means', async ({
  computer,
  phone,
}) => {
  await steps.connect(computer, phone);
  expect(await phone.evaluate(() => [isSecureContext, 'subtle' in crypto])).toEqual([false, false]);
  expect(await computer.evaluate(() => isSecureContext)).toBe(true);
  for (const page of [phone, computer]) {
    await expect(page.getByTestId('privacy-label')).toHaveText('Private from listeners');
  }
});

test('with a phone that is an installed program the link is private, by its word', async ({
  computer,
  server,
}) => {
  await expect(computer.getByTestId('guid')).not.toBeEmpty();
  const guid = (await computer.getByTestId('guid').textContent()) ?? '';
  const phone = new ChildProgram(['phone', guid, '--relay', server.url]);
  const [, number] = await phone.output(/^number (\d\d)$/m, 'stderr');
  await expect(computer.getByTestId('choice')).toHaveCount(3);
  await steps.choose(computer, Number(number));
  await steps.expectPhase(computer, 'connected');
  const label = computer.getByTestId('privacy-label');
  await expect(label).toHaveText('Private');
  await label.click();
  await expect(computer.getByText('The code leads to an http address, though.')).toBeVisible();
  await phone.end();
});

test('the number on the phone is one of the three on the computer, all different', async ({
  computer,
  phone,
}) => {
  const number = await steps.claim(computer, phone);
  const offered = await steps.offered(computer);
  expect(offered).toContain(number);
  expect(new Set(offered).size).toBe(3);
  for (const one of offered) expect(String(one)).toMatch(/^[1-9]\d$/);
});

test('typing the GUID on the phone page is the same as scanning it', async ({
  computer,
  phone,
}) => {
  await expect(computer.getByTestId('guid')).not.toBeEmpty();
  const guid = (await computer.getByTestId('guid').textContent()) ?? '';
  await phone.goto(`http://${PHONE_HOST}/p`);
  await phone.getByTestId('guid-input').fill(` {${guid.toUpperCase()}} `);
  await phone.getByTestId('connect').click();
  await steps.expectPhase(phone, 'confirm');
  await steps.offered(computer);
});

test('a wrong number kills the link on both ends', async ({ computer, phone }) => {
  const number = await steps.claim(computer, phone);
  const wrong = (await steps.offered(computer)).find((one) => one !== number) ?? 0;
  await steps.choose(computer, wrong);
  await steps.expectEnd(computer, 'scary');
  await steps.expectEnd(phone, 'scary');
});

test('"none of these" kills the link on both ends', async ({ computer, phone }) => {
  await steps.claim(computer, phone);
  await computer.getByTestId('choice-none').click();
  await steps.expectEnd(computer, 'scary');
  await steps.expectEnd(phone, 'scary');
});

test('a second phone before the number is matched ends the link for all three', async ({
  computer,
  phone,
  stranger,
}) => {
  const link = await steps.scan(computer);
  await stranger.goto(link);
  await phone.goto(link);
  await phone.getByTestId('connect').click();
  await steps.expectPhase(phone, 'confirm');
  await stranger.getByTestId('connect').click();
  await steps.expectEnd(stranger, 'crowded');
  await steps.expectEnd(computer, 'crowded');
  await steps.expectEnd(phone, 'crowded');
});

test('a second phone after that is refused and disturbs nobody', async ({
  computer,
  phone,
  stranger,
}) => {
  const link = await steps.scan(computer);
  await steps.connect(computer, phone);
  await stranger.goto(link);
  await steps.expectEnd(stranger, 'crowded');
  await steps.send(phone, 'still here');
  await steps.expectMessages(computer, 'in', ['still here']);
});

test('a robot that fetches the link binds nothing', async ({ computer, phone, server }) => {
  const link = new URL(await steps.scan(computer));
  const robot = await request.newContext({ baseURL: server.url });
  const page = await robot.get(link.pathname);
  expect(page.status()).toBe(200);
  expect((await robot.head(link.pathname)).status()).toBe(200);
  await robot.dispose();
  await steps.expectPhase(computer, 'waiting');
  await expect(computer.getByTestId('opened-note')).toHaveCount(0);
  await steps.connect(computer, phone);
});

test('opening the link without a tap tells the computer and binds nothing', async ({
  computer,
  phone,
  stranger,
}) => {
  await stranger.goto(await steps.scan(computer));
  await expect(computer.getByTestId('opened-note')).toBeVisible();
  await steps.expectPhase(computer, 'waiting');
  await steps.connect(computer, phone);
});

test('disconnecting on the computer says so on both ends', async ({ computer, phone }) => {
  await steps.connect(computer, phone);
  await computer.getByTestId('disconnect').click();
  await steps.expectEnd(computer, 'happy');
  await steps.expectEnd(phone, 'happy');
});

test('disconnecting on the phone says so on both ends, and a new code works', async ({
  computer,
  phone,
}) => {
  await steps.connect(computer, phone);
  await phone.getByTestId('disconnect').click();
  await steps.expectEnd(phone, 'happy');
  await steps.expectEnd(computer, 'happy');
  await computer.getByTestId('new-code').click();
  await steps.connect(computer, phone);
});

test('a code that has been replaced twice is refused in plain words', async ({
  browser,
  phone,
  server,
}) => {
  const context = await browser.newContext({ locale: 'en-US' });
  const computer = await context.newPage();
  await computer.clock.install();
  await computer.goto(server.url);
  const guid = computer.getByTestId('guid');
  await expect(guid).not.toBeEmpty();
  const old = await steps.scan(computer);
  for (let rotation = 0; rotation < 2; rotation++) {
    const before = (await guid.textContent()) ?? '';
    await computer.clock.fastForward(61_000);
    await expect(guid).not.toHaveText(before);
  }
  await phone.goto(old);
  await steps.expectEnd(phone, 'expired');
  await context.close();
});

test('a link with a broken GUID is refused before anything is sent', async ({ phone }) => {
  await phone.goto(`http://${PHONE_HOST}/p#3f2b8c1e-not-a-guid`);
  await steps.expectPhase(phone, 'enter');
  await expect(phone.getByTestId('reason')).toBeVisible();
});
