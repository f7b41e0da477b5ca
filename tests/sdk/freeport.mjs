// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port of loopback for a program that starts later. Below those that the system gives to others meanwhile (32768 and up). */
export async function freePort() {
  for (let tries = 0; tries < 100; ++tries) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const probe = createServer().listen(port, '127.0.0.1');
    try {
      await once(probe, 'listening');
    } catch {
      continue; // somebody has it
    }
    probe.close();
    await once(probe, 'close');
    return port;
  }
  throw new Error('no free port from 20000 to 32000');
}
