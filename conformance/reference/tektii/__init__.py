"""The tektii provider: orders go to an Engine, whose events are acknowledged.

Where a mutant finds its seam. `server.ReferenceGateway` names each class:

- `tektii_provider_class` (`provider.TektiiProvider`: the line, what lasts), built up
  from `delivery` (`announce`, `deliver`, `send_ack`), `books` (`refresh…`, `fold…`),
  `orders` (`submit`, `placed`, `cancel`, `replace`, `close`) and `events` (`on_order`,
  `on_trade`, …, `on_nonsense`); its parts are class attributes too:
  `client_class` (`upstream.EngineClient`): `failure`, `unknown_outcome`, `path`;
  `translation_class` (`translation.Translation`): one method an object, `request`;
  `acks_class` (`acks.Acknowledgements`): `told`, `release`;
  `exits_class` (`exits.TektiiExits`): `filled`, `ended`, `place`, `unprotected`;
  `connection_class` (`connection.Connection`): `lost`, `back`, `given_up`.
- `tektii_handlers_class` (`handlers.TektiiHandlers`): one async method an operation.
"""
