import * as steps from './fixtures/steps.ts';
import { expect, test } from './fixtures/test.ts';

test('the program dies and comes back while both ends have unsent text: nothing is lost or doubled', async ({
  computer,
  phone,
  server,
}) => {
  await steps.connect(computer, phone);
  await steps.send(computer, 'computer, before');
  await steps.send(phone, 'phone, before');
  await steps.expectMessages(computer, 'in', ['phone, before']);
  await steps.expectMessages(phone, 'in', ['computer, before']);

  await server.kill();
  for (const page of [computer, phone]) await expect(page.getByTestId('trouble')).toBeVisible();
  await steps.send(computer, 'computer, meanwhile 1');
  await steps.send(phone, '手机,离线 1');
  await steps.send(computer, 'computer, meanwhile 2');
  await steps.send(phone, '手机,离线 2');
  await steps.write(computer, 'computer, half a sen');
  await steps.write(phone, '手机,半句');
  await expect(phone.getByTestId('message').last()).toHaveAttribute('data-status', 'queued');

  await server.restart();
  const fromComputer = ['computer, before', 'computer, meanwhile 1', 'computer, meanwhile 2'];
  const fromPhone = ['phone, before', '手机,离线 1', '手机,离线 2'];
  await steps.expectMessages(computer, 'in', fromPhone);
  await steps.expectMessages(phone, 'in', fromComputer);
  await steps.expectLive(computer, '手机,半句');
  await steps.expectLive(phone, 'computer, half a sen');
  for (const page of [computer, phone]) {
    await expect(page.getByTestId('message').last()).toBeVisible();
    await expect(page.getByTestId('trouble')).toBeHidden();
    await expect(page.locator('[data-status=queued]')).toHaveCount(0);
  }

  // What was half written is finished and sent once.
  await phone.getByTestId('send').click();
  await steps.expectMessages(computer, 'in', [...fromPhone, '手机,半句']);
  await computer.getByTestId('send').click();
  await steps.expectMessages(phone, 'in', [...fromComputer, 'computer, half a sen']);
});
