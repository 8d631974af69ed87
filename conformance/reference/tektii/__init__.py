"""The tektii provider: orders go to an Engine, whose events are acknowledged.

Where a mutant finds its seam. `server.ReferenceGateway` names two classes:

- `tektii_handlers_class` (`handlers.TektiiHandlers`): one async method an operation.
- `tektii_provider_class` (`provider.TektiiProvider`), built up from
  `delivery` (`announce`, `deliver`, `pass_on`, `acknowledged`, `release`, `send_ack`),
  `books` (`known`, `turn`, `dress`, `fold…`, `refresh…`),
  `orders` (`submit`, `taken`, `send`, `placed`, `cancel`, `check_cancelled`, `replace`,
  `rest_of`, `resubmit`, `put_back`, `modified`, `close`),
  `events` (`hear`, `on_…`, `is_stale`, `order_event`, `tell_position`,
  `position_event`) and itself (`attached`, `live`, `again`, `catch_up`, `broke_off`,
  `save`, `restore`, `hang_up`).

The provider's parts are class attributes too:

- `client_class` (`upstream.EngineClient`): `path`, `ask`, `reading`, `failure`,
  `not_found`, `unknown_outcome`, `unreachable`, `told`, `scrubbed`, `connect…`;
- `translation_class` (`translation.Translation`): `refuse`, `request`, `reason`,
  `status`, `account_event`, and one method an object;
- `acks_class` (`acks.Acknowledgements`): `told`, `release`;
- `exits_class` (`exits.TektiiExits`: `refuse`, `registered`, `filled`, `ended`,
  `end_group`, `cancel_siblings`, `twins`, `double_exit`, `fit`, `shrink`, `move`,
  `moved`, `restore`), built up from `brackets` (`cover`, `leg`, `name`, `tranche`,
  `locate`, `position_of`, `place`, `place_unsent`, `found`, `unprotected`) and
  `exit_memory` (`covered`, `dress`, `save`, `pending`, `load`, `forget_lost`);
- `connection_class` (`connection.Connection`): `lost`, `back`, `given_up`, `fresh`,
  `staleness`, `tell`.
"""
