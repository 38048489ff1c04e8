/** The container of one Loom: the only file that imports tsyringe and reflect-metadata. */

import "reflect-metadata";
import { container as root, type DependencyContainer, instanceCachingFactory } from "tsyringe";
import type { Token, Use } from "../contract/plugin.ts";
import { loomError } from "../errors/index.ts";

/** Services by token; each is made once, on first use. */
export interface Container {
  /** Binds a token to something that is there. */
  value<T>(token: Token<T>, value: T): void;
  /** Binds a token to something that is made on first use. */
  factory<T>(token: Token<T>, make: (use: Use) => T): void;
  readonly use: Use;
}

/** A new container; nothing is ever registered in tsyringe's global one. */
export function createContainer(): Container {
  const child: DependencyContainer = root.createChildContainer();
  const making: symbol[] = [];

  function use<T>(token: Token<T>): T {
    if (!child.isRegistered(token)) {
      throw loomError(
        "plugin-invalid",
        `nobody provides ${String(token.description)}; give it with new Loom({ provide: [[token, value]] })`,
        { plugin: String(token.description) },
      );
    }
    if (making.includes(token)) {
      const circle = [...making, token].map((one) => one.description).join(" -> ");
      throw loomError("plugin-invalid", `services need each other in a circle: ${circle}`, {
        plugin: circle,
      });
    }
    making.push(token);
    try {
      return child.resolve<T>(token);
    } finally {
      making.pop();
    }
  }

  return {
    value: (token, value) => void child.register(token, { useValue: value }),
    factory: (token, make) =>
      void child.register(token, { useFactory: instanceCachingFactory(() => make(use)) }),
    use,
  };
}
