"""Our own Gateway over the books of a simulated venue.

Where a mutant finds its seam. `server.ReferenceGateway` is put together of classes,
each named by a class attribute that a subclass replaces:

- `settings_class` (`settings.GatewaySettings`): what the environment says.
- `rendering_class` (`rendering.Rendering`): how an order, handle, trade, position,
  account, quote or bar reads as JSON; `decimal` and `instant` for every value.
- `metrics_class` (`metrics.Metrics`): `count`, `submitted`, `text`, `platform`.
- `provider_class` (`provider.MockProvider`): `submit`, `known` (client order ids),
  `refuse…`, `cancel`, `modify`, `close`, `attempt`, `reaches`, `first_tranche`,
  `fill_some`, `reducible`, `book`, `fill_price`, `finish`; and the announcing:
  `created`, `modified`, `announce_fill`, `announce_position`, `order_event`,
  `announce`.
  Its `exits_class` (`exits.Exits`): brackets and OCO groups.
- `handlers_class` (`handlers.Handlers`): one method an operation, built up from
  `probes` (what the Gateway tells of itself) and `filters` (of lists). Its
  `validation_class` (`validation.Validation`): one method a rule, over `values`.
- `stream_class` (`stream.Stream`): `broadcast`, `send`, `drop`, `on_message`, `fault`,
  `ping`, `announce_end`, `close`. `market_data_class` (`stream.MarketData`).
- `authentication_class` (`authentication.Authentication`): `is_open`, `given`,
  `matches`.
- `ReferenceGateway` itself: `shutdown`, `save`, `restore`, `log…`, `dispatch`, `route`,
  `failure_response`, `failure_status`, `envelope`, `json_response`.
"""
