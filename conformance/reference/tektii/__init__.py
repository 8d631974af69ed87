"""The tektii provider: orders go to an Engine, whose events are acknowledged.

Where a mutant finds its seam. `server.ReferenceGateway` names each class:

- `tektii_provider_class` (`provider.TektiiProvider`): `submit`, `placed`, `cancel`,
  `replace`, `close`, `refresh…`, `on_order`, `on_trade`, `on_position`, `on_account`,
  `on_candle`, `on_end`, `on_nonsense`, `broke_off`; its parts are class attributes too:
  `client_class` (`upstream.EngineClient`): `failure`, `unknown_outcome`, `path`;
  `translation_class` (`translation.Translation`): one method an object, `request`;
  `acks_class` (`acks.Acknowledgements`): `told`, `release`;
  `exits_class` (`exits.TektiiExits`): `filled`, `ended`, `place`, `unprotected`;
  `connection_class` (`connection.Connection`): `lost`, `back`, `given_up`.
- `tektii_handlers_class` (`handlers.TektiiHandlers`): one async method an operation.
"""
