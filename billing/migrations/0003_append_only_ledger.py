from django.db import migrations

REFUSE = """
CREATE FUNCTION billing_ledger_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is only added to' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER billing_ledger_is_kept BEFORE UPDATE OR DELETE ON billing_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION billing_ledger_is_kept();
"""
ALLOW = """
DROP TRIGGER billing_ledger_is_kept ON billing_ledgerentry;
DROP FUNCTION billing_ledger_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_subscriptions")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
