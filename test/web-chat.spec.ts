import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { describeWithBrowser, openBrowser, type TestBrowser } from './support/browser';
import { FakeTranslation } from './support/fake-translation';
import { TestHouse } from './support/house';

describeWithBrowser('a buyer and an agent, each in a browser', () => {
  let house: TestHouse;
  let translation: FakeTranslation;
  let shop: Server;
  let shopUrl: string;
  let buyer: TestBrowser;
  let agent: TestBrowser;
  let chat: Page;
  let inbox: Page;

  beforeAll(async () => {
    translation = await new FakeTranslation().start();
    house = await TestHouse.start('embedded', translation.env);
    const account = await house.createAccount('webchat', { title: 'Zapatería' }, 'Shop window');
    // The shop's page does its worst: hostile styles, a strict policy.
    shop = createServer((_request, response) => {
      const policy = `default-src 'self'; script-src ${house.apiUrl}; connect-src ${house.apiUrl} ${house.apiUrl.replace('http', 'ws')}; img-src ${house.apiUrl} data:; style-src 'self'`;
      response
        .writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
        .end(
          `<!doctype html><html lang="es-MX"><title>Tienda</title><body><h1>Zapatos</h1><script src="${house.apiUrl}/widget.js" data-account="${account.id}" data-title="Zapatería" async></script></body></html>`,
        );
    });
    shop.listen(0, '127.0.0.1');
    await once(shop, 'listening');
    shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/`;
    buyer = await openBrowser({ locale: 'es-MX' });
    agent = await openBrowser({ locale: 'zh-CN' });
    chat = await buyer.context.newPage();
    inbox = await agent.context.newPage();
  }, 120_000);
  afterAll(async () => {
    await buyer?.close();
    await agent?.close();
    shop?.close();
    await house?.stop();
    await translation?.stop();
  }, 60_000);

  const write = async (text: string) => {
    await chat.getByRole('textbox').fill(text);
    await chat.getByRole('textbox').press('Enter');
  };

  it('brings what the buyer writes to the agent, translated, and the answer back in Spanish, live', async () => {
    await inbox.goto(`${house.apiUrl}/#key=${house.key}`);
    await inbox.getByText('全部处理完了').waitFor();
    await chat.goto(shopUrl);
    await chat.getByRole('button', { name: 'Abrir el chat' }).click();
    await write('Hola, ¿dónde está mi pedido AB-10234? Lo compré hace dos semanas.');
    await chat.locator('[data-message]').waitFor();

    const row = inbox.locator('section li').first();
    await row.getByText('AB-10234').waitFor();
    await row.click();
    const bubble = inbox.locator('article').first();
    await bubble.getByText('AB-10234').waitFor();
    await bubble.getByText('译自').waitFor();
    expect(await bubble.locator('[data-parts]').innerText()).toMatch(/\p{Script=Han}/u);
    await bubble.getByRole('button', { name: '查看原文' }).click();
    expect(await bubble.locator('[data-parts]').innerText()).toBe(
      'Hola, ¿dónde está mi pedido AB-10234? Lo compré hace dos semanas.',
    );

    await inbox.getByRole('textbox', { name: '回复' }).fill('您的订单 AB-10234 今天已经发货,请您放心。');
    const preview = inbox.locator('[data-preview="current"] textarea');
    await preview.waitFor();
    expect(await preview.inputValue()).toContain('AB-10234');
    await inbox.getByRole('button', { name: '发送' }).click();
    const answer = chat.locator('.theirs').first();
    await answer.waitFor();
    const text = await answer.innerText();
    expect(text).toContain('AB-10234');
    expect(text).not.toMatch(/\p{Script=Han}/u);
    await inbox.locator('[data-delivery="read"]').waitFor();
  }, 60_000);

  it('loses and doubles nothing while the buyer is offline', async () => {
    await buyer.context.setOffline(true);
    for (const number of [1, 2, 3]) await write(`Mensaje sin conexión ${number}`);
    const [conversation] = (await house.ok('GET', '/v1/conversations')).data;
    for (const number of [1, 2])
      await house.ok('POST', `/v1/conversations/${conversation.id}/messages`, { text: `Respuesta ${number}`, translate: false });
    await buyer.context.setOffline(false);
    await chat.getByText('Respuesta 2').waitFor();
    const messages = await untilCount(conversation.id, 7);
    const texts = messages.map((message) => message.parts[0].text);
    expect(texts.filter((text) => text.startsWith('Mensaje sin'))).toEqual(
      [1, 2, 3].map((number) => `Mensaje sin conexión ${number}`),
    );
    await chat.locator('[data-message]').nth(6).waitFor();
    expect(await chat.locator('[data-message]').count()).toBe(7);
  }, 60_000);

  it('finds the same conversation again after a reload', async () => {
    await chat.reload();
    await chat.getByRole('button', { name: /Abrir el chat/ }).click();
    await chat.locator('[data-message]').nth(6).waitFor();
    expect(await chat.locator('[data-message]').count()).toBe(7);
  }, 60_000);

  it('sends nothing while a syllable is being composed', async () => {
    const before = await chat.locator('.mine').count();
    const field = chat.getByRole('textbox');
    await field.fill('にほん');
    await field.dispatchEvent('keydown', { key: 'Enter', isComposing: true, keyCode: 229 });
    expect(await chat.locator('.mine').count()).toBe(before);
    await field.press('Enter');
    await chat.locator('.mine').nth(before).waitFor();
  }, 60_000);

  it('runs no script that a buyer wrote, and raises no complaint', async () => {
    await write('<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>');
    await inbox.getByText('onerror').first().waitFor();
    expect(await inbox.evaluate(() => (globalThis as any).hacked)).toBeUndefined();
    expect(buyer.complaints.filter((complaint) => !/ERR_INTERNET_DISCONNECTED|WebSocket/.test(complaint))).toEqual([]);
    expect(agent.complaints).toEqual([]);
  }, 60_000);

  async function untilCount(conversationId: string, count: number): Promise<any[]> {
    for (let tries = 0; tries < 300; tries++) {
      const messages = await house.messagesOf(conversationId);
      if (messages.length >= count) return messages;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('The messages did not come');
  }
});
