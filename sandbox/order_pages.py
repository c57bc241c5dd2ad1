"""Orders as the official API writes them: JSON:API, Unix milliseconds, tenge as floats."""

import base64
from typing import Any

from sandbox.orders import KASPI_TABS, Line, Order
from sandbox.settings import Settings

_MASKED = "0000000000"


def order_page(order: Order, *, settings: Settings) -> dict[str, Any]:
    """One resource of type `orders`."""
    is_kaspi = order.mode in KASPI_TABS
    return {
        "type": "orders",
        "id": order.resource_id,
        "attributes": {
            "code": order.code,
            "totalPrice": float(order.total),
            "paymentMode": "PREPAID",
            "creationDate": _milliseconds(order.placed_at),
            "approvedByBankDate": _milliseconds(order.placed_at + 60),
            "plannedDeliveryDate": _milliseconds(order.placed_at + 3 * 86_400),
            "reservationDate": None,
            "creditTerm": 0,
            "deliveryCost": 0.0,
            "deliveryCostForSeller": 1099.0 if is_kaspi else 0.0,
            "isKaspiDelivery": is_kaspi,
            "deliveryMode": order.mode,
            "deliveryAddress": _address(order),
            "signatureRequired": order.signature_required,
            "preOrder": order.pre_order,
            "pickupPointId": f"{order.merchant_id}_PP1",
            "state": order.state,
            "status": order.status,
            "assembled": order.assembled,
            "isImeiRequired": False,
            "cancellationReason": order.cancellation_reason,
            "originAddress": {
                "city": {"name": "Алматы"},
                "address": {"formattedAddress": "Алматы"},
            },
            "customer": {
                "id": base64.b64encode(order.phone.encode()).decode().rstrip("="),
                "name": None,
                "cellPhone": shown_phone(order, settings),
                "firstName": order.name,
                "lastName": order.name[0],
            },
            "kaspiDelivery": {
                "waybill": f"https://kaspi.kz/waybill/{order.waybill}" if order.waybill else None,
                "waybillNumber": order.waybill,
                "courierTransmissionDate": _milliseconds(order.courier_at),
                "courierTransmissionPlanningDate": _milliseconds(order.placed_at + 86_400),
                "express": False,
                "returnedToWarehouse": False,
            },
        },
        "relationships": {"user": {}, "entries": {}},
        "links": {},
    }


def shown_phone(order: Order, settings: Settings) -> str:
    """The buyer's phone; zeros for what was ordered since phones are masked."""
    return _MASKED if order.placed_at >= settings.phones_masked_from else order.phone


def entry_page(order: Order, number: int, line: Line) -> dict[str, Any]:
    """One resource of type `orderentries`."""
    return {
        "type": "orderentries",
        "id": base64.b64encode(f"{order.code}#{number}".encode()).decode(),
        "attributes": {
            "entryNumber": number,
            "quantity": line.quantity,
            "basePrice": float(line.price),
            "totalPrice": float(line.price * line.quantity),
            "deliveryCost": 0.0,
            "weight": 0.5,
            "unitType": "PIECE",
            "category": {"code": line.category, "title": line.category},
            "isImeiRequired": False,
            "offer": {"code": line.sku, "name": line.title},
        },
        "relationships": {
            "product": {
                "data": {
                    "type": "masterproducts",
                    "id": base64.b64encode(line.master_sku.encode()).decode(),
                }
            }
        },
    }


def _address(order: Order) -> dict[str, Any] | None:
    if order.mode in KASPI_TABS:
        return None
    return {"streetName": "Тестовая", "streetNumber": "1", "town": order.town, "district": None}


def _milliseconds(moment: float | None) -> int | None:
    return None if moment is None else int(moment * 1000)
