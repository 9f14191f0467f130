"""What a copy looks like when it goes out: as received, or in a form that arrives."""

from router.delivery.forms.form import DATE, Form, Outward, Wrapper
from router.delivery.forms.outgoing import as_is, for_relay, for_store, wants_receipt

__all__ = ["DATE", "Form", "Outward", "Wrapper", "as_is", "for_relay", "for_store", "wants_receipt"]
