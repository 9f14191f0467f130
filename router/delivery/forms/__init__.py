"""What a copy looks like when it goes out: as received, or in a form that arrives."""

from router.delivery.forms.form import Form, Outward, Wrapper
from router.delivery.forms.outgoing import as_is, for_relay, for_store, wants_receipt

__all__ = ["Form", "Outward", "Wrapper", "as_is", "for_relay", "for_store", "wants_receipt"]
