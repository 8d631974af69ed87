"""The oanda provider: orders go to OANDA's v20 REST, two streams say what came of it.

Where a mutant finds its seam. `server.ReferenceGateway` names two classes:

- `oanda_handlers_class` (`handlers.OandaHandlers`): one async method an operation;
  `candles_query`, `position_mode`.
- `oanda_provider_class` (`provider.OandaProvider`), built up from
  `books` (`announce`, `known`, `turn`, `dress`, `fold…`, `refresh…`, `position_json`),
  `transactions` (`apply`, `is_old`, `booker`, `on_…`, `fill`, `tell_refused`,
  `order_event`, `tell_trade`, `trade_json`),
  `orders` (`submit`, `taken`, `send`, `answered`, `search`, `look_for`, `cancel`,
  `check_cancelled`, `replace`, `rest_of`, `replaced`, `close…`),
  `streams` (`keep`, `once`, `caught_up`, `catch_up`, `hear…`),
  `candles` (`poll`, `tell_bars`) and itself
  (`wake`, `attached`, `follow`, `tell_…`, `position_event`, `hang_up`).

The provider's parts are class attributes too:

- `client_class` (`upstream.OandaClient`): `path`, `ask`, `failure`, `limited`,
  `refused`, `rejected`, `not_answered`, `told`, `scrubbed`, `open`;
- `translation_class` (`translation.Translation`): `reason`, `ended`, and one method an
  object;
- `bodies_class` (`bodies.Bodies`): `refuse`, `order`, `replacement`, `close`;
- `exits_class` (`exits.OandaExits`): `move`, `legs`;
- `pace_class` (`pace.Pace`): `most`, `turn`;
- `breaker_class` (`breaker.Breaker`): `check`, `failed`, `snapshot`;
- `connection_class` (`connection.OandaConnection`): `lost_stream`, `stream_back`,
  `back`, `given_up`, `fresh`, `staleness`, `tell`.
"""
