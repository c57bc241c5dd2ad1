"""A seller's team, and the sellers one helps."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from accounts.api.caller import OwnersView, OwnRowsView, PersonalView, caller, person
from accounts.api.serializers import MailedInput
from accounts.models import TeamRole
from accounts.services import team
from cube_demper.kernel.api import CodeField, Input


class RoleInput(Input):
    role = serializers.ChoiceField([role.value.lower() for role in TeamRole])

    def validate_role(self, role: str) -> TeamRole:
        return TeamRole(role.upper())


class InvitationInput(RoleInput):
    """Whom to invite. Asked again before anybody answered, it is mailed again."""

    email = serializers.EmailField(max_length=254)


class HelperOutput(serializers.Serializer[Any]):
    """A helper, or somebody who was invited: then ``user_id`` and ``accepted_at`` are null."""

    id = serializers.IntegerField()
    email = serializers.EmailField()
    role = CodeField()
    user_id = serializers.IntegerField(source="helper_id", allow_null=True)
    name = serializers.CharField(source="helper.name", default="")
    invited_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)


class HelpedSellerOutput(serializers.Serializer[Any]):
    """A seller in whose name you may act: send the ``id`` as ``X-Seller``.

    ``is_default`` is the one that is meant where that header is missing.
    """

    id = serializers.IntegerField(source="seller_id")
    name = serializers.CharField(source="seller.name")
    email = serializers.EmailField(source="seller.email")
    role = CodeField()
    is_default = serializers.SerializerMethodField()

    def get_is_default(self, membership: Any) -> bool:
        return bool(person(self.context["request"]).default_membership_id == membership.pk)


class TeamView(OwnersView, OwnRowsView):
    """The seller's helpers and whoever is invited, the latest first."""

    is_personal = True
    serializer_class = HelperOutput
    filter_backends = ()

    @override
    def get_queryset(self) -> Any:
        return team.team_of(self.seller)

    @extend_schema(request=InvitationInput, responses={201: HelperOutput})
    def post(self, request: Request) -> Response:
        """Invite somebody to act in the seller's name."""
        body = InvitationInput(data=request.data)
        body.is_valid(raise_exception=True)
        row = team.invite(seller=caller(request), **body.validated_data, now=timezone.now())
        return Response(HelperOutput(row).data, status=status.HTTP_201_CREATED)


class HelperView(OwnersView):
    is_personal = True

    @extend_schema(request=RoleInput, responses=HelperOutput)
    def patch(self, request: Request, helper_id: int) -> Response:
        """Let a helper do more or less, from the next request on."""
        body = RoleInput(data=request.data)
        body.is_valid(raise_exception=True)
        row = team.change_role(
            seller=caller(request),
            membership_id=helper_id,
            **body.validated_data,
            now=timezone.now(),
        )
        return Response(HelperOutput(row).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, helper_id: int) -> Response:
        """Take a helper or an invitation off the team: the helper is out at once."""
        team.remove(seller=caller(request), membership_id=helper_id, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class AcceptView(PersonalView):
    @extend_schema(request=MailedInput, responses=HelpedSellerOutput)
    def post(self, request: Request) -> Response:
        """Join the team you were invited to, by the token that was mailed."""
        body = MailedInput(data=request.data)
        body.is_valid(raise_exception=True)
        row = team.accept(
            helper=person(request), secret=body.validated_data["token"], now=timezone.now()
        )
        return Response(HelpedSellerOutput(row, context={"request": request}).data)


class HelpedSellerListView(PersonalView, OwnRowsView):
    """The sellers in whose name you may act."""

    serializer_class = HelpedSellerOutput
    filter_backends = ()

    @override
    def get_queryset(self) -> Any:
        return team.sellers_of(self.person)


class HelpedSellerView(PersonalView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, seller_id: int) -> Response:
        """Leave a seller's team."""
        team.leave(helper=person(request), seller_id=seller_id, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
