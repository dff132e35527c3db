"""The locks on the book: what is sealed is never changed, and what is wrong is never sealed.

Why: the application checks every entry before it writes it; these checks hold when the application
is wrong, or is not the one who writes. ``docs/seal.md`` says what they do not hold against.
Undo: nothing is lost but the protection.

On SQLite a trigger looks at each row; on PostgreSQL at each statement, which costs a fraction.
In both, the head of the book is moved first, then the postings are written, then the entries.
The deferred key from the head to the newest entry makes a commit without all of them impossible.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SEALED = (
    "ledger_entries",
    "ledger_postings",
    "ledger_periods",
    "ledger_keys",
    "members_by_laws",
    "members_pledges",
    "members_passbook_prints",
    "desk_receipts",
    "audit_sign_offs",
    "audit_questions",
    "audit_answers",
    "audit_settlements",
)
KEPT = ("ledger_books", "ledger_funds", "ledger_accounts", "ledger_memos")

SQLITE_LOCKS = """
CREATE TRIGGER ledger_books_move_forward BEFORE UPDATE ON ledger_books
BEGIN
    SELECT RAISE(ABORT, 'a book keeps its number and code')
    WHERE NEW.id <> OLD.id OR NEW.code <> OLD.code OR NEW.opened_at <> OLD.opened_at;
    SELECT RAISE(ABORT, 'the head moves forward only')
    WHERE COALESCE(NEW.head_number, 0) < COALESCE(OLD.head_number, 0)
       OR (NEW.head_number IS OLD.head_number AND (
           NEW.head_seal <> OLD.head_seal OR NEW.head_recorded_at <> OLD.head_recorded_at));
END;

CREATE TRIGGER ledger_accounts_follow_postings BEFORE UPDATE ON ledger_accounts
BEGIN
    SELECT RAISE(ABORT, 'an account keeps its number, code, fund and kind')
    WHERE NEW.book_id <> OLD.book_id OR NEW.id <> OLD.id OR NEW.code <> OLD.code
       OR NEW.fund <> OLD.fund OR NEW.kind <> OLD.kind OR NEW.holds <> OLD.holds
       OR NEW.control_id IS NOT OLD.control_id;
    SELECT RAISE(ABORT, 'a balance is that of the last posting')
    WHERE (NEW.n <> OLD.n OR NEW.balance_satang <> OLD.balance_satang) AND NOT EXISTS (
        SELECT 1 FROM ledger_postings
        WHERE book_id = NEW.book_id AND account_id = NEW.id AND n = NEW.n
          AND balance_after_satang = NEW.balance_satang);
END;

CREATE TRIGGER ledger_postings_come_before_their_entry BEFORE INSERT ON ledger_postings
BEGIN
    SELECT RAISE(ABORT, 'the entry is sealed already')
    WHERE EXISTS (SELECT 1 FROM ledger_entries
                  WHERE book_id = NEW.book_id AND number >= NEW.entry_number);
    SELECT RAISE(ABORT, 'the posting is beyond the head of the book')
    WHERE NEW.entry_number > COALESCE(
        (SELECT head_number FROM ledger_books WHERE id = NEW.book_id), 0);
END;

CREATE TRIGGER ledger_entries_are_sealed_in_order BEFORE INSERT ON ledger_entries
BEGIN
    SELECT RAISE(ABORT, 'the entry is out of order')
    WHERE NEW.number <> 1 + COALESCE(
        (SELECT max(number) FROM ledger_entries WHERE book_id = NEW.book_id), 0);
    SELECT RAISE(ABORT, 'the entry is beyond the head of the book')
    WHERE NOT EXISTS (
        SELECT 1 FROM ledger_books
        WHERE id = NEW.book_id AND (head_number > NEW.number
           OR (head_number = NEW.number AND head_seal = NEW.seal
               AND head_recorded_at = NEW.recorded_at)));
    SELECT RAISE(ABORT, 'the entry is not linked to the last seal')
    WHERE NEW.number > 1 AND NOT EXISTS (
        SELECT 1 FROM ledger_entries
        WHERE book_id = NEW.book_id AND number = NEW.number - 1
          AND seal = NEW.previous_seal AND recorded_at <= NEW.recorded_at);
    SELECT RAISE(ABORT, 'the month is closed')
    WHERE EXISTS (SELECT 1 FROM ledger_periods
                  WHERE book_id = NEW.book_id AND month >= substr(NEW.entered_on, 1, 7) || '-01');
    SELECT RAISE(ABORT, 'the entry does not balance in each fund')
    WHERE EXISTS (SELECT 1 FROM ledger_postings
                  WHERE book_id = NEW.book_id AND entry_number = NEW.number
                  GROUP BY fund HAVING sum(amount_satang) <> 0)
       OR (SELECT count(*) < 2 OR sum(max(amount_satang, 0)) <> NEW.amount_satang
           FROM ledger_postings
           WHERE book_id = NEW.book_id AND entry_number = NEW.number);
    SELECT RAISE(ABORT, 'a posting does not continue its account')
    WHERE EXISTS (
        SELECT 1 FROM ledger_postings AS line
        LEFT JOIN ledger_accounts AS account
          ON account.book_id = line.book_id AND account.id = line.account_id
        LEFT JOIN ledger_postings AS before
          ON before.book_id = line.book_id AND before.account_id = line.account_id
         AND before.n = line.n - 1
        WHERE line.book_id = NEW.book_id AND line.entry_number = NEW.number
          AND (account.fund IS NOT line.fund OR account.holds <> ''
               OR (before.n IS NULL AND line.n <> 1)
               OR line.balance_after_satang
                  <> COALESCE(before.balance_after_satang, 0) + line.amount_satang));
END;

CREATE TRIGGER ledger_periods_close_in_order BEFORE INSERT ON ledger_periods
BEGIN
    SELECT RAISE(ABORT, 'a later month is closed already')
    WHERE EXISTS (SELECT 1 FROM ledger_periods
                  WHERE book_id = NEW.book_id AND month >= NEW.month);
    SELECT RAISE(ABORT, 'a month is closed at the head of the book')
    WHERE NOT EXISTS (SELECT 1 FROM ledger_books
                      WHERE id = NEW.book_id AND COALESCE(head_number, 0) = NEW.head_number
                        AND head_seal = NEW.head_seal);
END;

CREATE TRIGGER ledger_memos_are_only_erased BEFORE UPDATE ON ledger_memos
BEGIN
    SELECT RAISE(ABORT, 'a memo is kept or erased, never rewritten')
    WHERE NEW.book_id <> OLD.book_id OR NEW.entry_number <> OLD.entry_number
       OR NEW.text IS NOT NULL OR NEW.salt IS NOT NULL;
END;
"""

POSTGRES_LOCKS = """
CREATE FUNCTION samut_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = '23514';
END $$;
--
CREATE FUNCTION samut_books_move_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id <> OLD.id OR NEW.code <> OLD.code OR NEW.opened_at <> OLD.opened_at THEN
        RAISE EXCEPTION 'a book keeps its number and code' USING ERRCODE = '23514';
    END IF;
    IF COALESCE(NEW.head_number, 0) < COALESCE(OLD.head_number, 0)
       OR (NEW.head_number IS NOT DISTINCT FROM OLD.head_number AND (
           NEW.head_seal <> OLD.head_seal OR NEW.head_recorded_at <> OLD.head_recorded_at)) THEN
        RAISE EXCEPTION 'the head moves forward only' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
--
CREATE FUNCTION samut_accounts_follow_postings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM fresh JOIN stale USING (book_id, id)
               WHERE (fresh.code, fresh.fund, fresh.kind, fresh.holds)
                  <> (stale.code, stale.fund, stale.kind, stale.holds)
                  OR fresh.control_id IS DISTINCT FROM stale.control_id)
       OR (SELECT count(*) FROM fresh) <> (SELECT count(*) FROM fresh JOIN stale USING (book_id, id))
    THEN
        RAISE EXCEPTION 'an account keeps its number, code, fund and kind' USING ERRCODE = '23514';
    END IF;
    IF EXISTS (SELECT 1 FROM fresh JOIN stale USING (book_id, id)
               LEFT JOIN public.ledger_postings AS line
                 ON line.book_id = fresh.book_id AND line.account_id = fresh.id
                AND line.n = fresh.n AND line.balance_after_satang = fresh.balance_satang
               WHERE (fresh.n, fresh.balance_satang) <> (stale.n, stale.balance_satang)
                 AND line.n IS NULL) THEN
        RAISE EXCEPTION 'a balance is that of the last posting' USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;
--
CREATE FUNCTION samut_postings_come_before_their_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    book record;
BEGIN
    FOR book IN SELECT book_id, min(entry_number) AS first, max(entry_number) AS last
                FROM fresh GROUP BY book_id LOOP
        IF EXISTS (SELECT 1 FROM public.ledger_entries
                   WHERE book_id = book.book_id AND number >= book.first) THEN
            RAISE EXCEPTION 'the entry is sealed already' USING ERRCODE = '23514';
        END IF;
        IF NOT EXISTS (SELECT 1 FROM public.ledger_books
                       WHERE id = book.book_id AND head_number >= book.last) THEN
            RAISE EXCEPTION 'the posting is beyond the head of the book' USING ERRCODE = '23514';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
--
CREATE FUNCTION samut_entries_are_sealed_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    book record;
BEGIN
    FOR book IN SELECT book_id, min(number) AS first, max(number) AS last, count(*) AS many
                FROM fresh GROUP BY book_id LOOP
        IF book.many <> book.last - book.first + 1
           OR (book.first > 1 AND NOT EXISTS (
               SELECT 1 FROM public.ledger_entries
               WHERE book_id = book.book_id AND number = book.first - 1))
           OR EXISTS (SELECT 1 FROM public.ledger_entries
                      WHERE book_id = book.book_id AND number > book.last) THEN
            RAISE EXCEPTION 'the entry is out of order' USING ERRCODE = '23514';
        END IF;
        IF NOT EXISTS (
            SELECT 1 FROM public.ledger_books AS head JOIN fresh
              ON fresh.book_id = head.id AND fresh.number = book.last
            WHERE head.id = book.book_id AND (head.head_number > book.last
               OR (head.head_number = book.last AND head.head_seal = fresh.seal
                   AND head.head_recorded_at = fresh.recorded_at))) THEN
            RAISE EXCEPTION 'the entry is beyond the head of the book' USING ERRCODE = '23514';
        END IF;
        IF EXISTS (SELECT 1 FROM public.ledger_periods JOIN fresh USING (book_id)
                   WHERE book_id = book.book_id AND month >= date_trunc('month', entered_on)) THEN
            RAISE EXCEPTION 'the month is closed' USING ERRCODE = '23514';
        END IF;
        IF EXISTS (
            SELECT 1 FROM fresh LEFT JOIN public.ledger_entries AS before
              ON before.book_id = fresh.book_id AND before.number = fresh.number - 1
            WHERE fresh.book_id = book.book_id AND fresh.number > 1
              AND (before.seal IS DISTINCT FROM fresh.previous_seal
                   OR before.recorded_at > fresh.recorded_at)) THEN
            RAISE EXCEPTION 'the entry is not linked to the last seal' USING ERRCODE = '23514';
        END IF;
        IF EXISTS (SELECT 1 FROM public.ledger_postings
                   WHERE book_id = book.book_id AND entry_number BETWEEN book.first AND book.last
                   GROUP BY entry_number, fund HAVING sum(amount_satang) <> 0)
           OR (SELECT count(*) FROM (
                   SELECT line.entry_number FROM public.ledger_postings AS line JOIN fresh
                     ON fresh.book_id = line.book_id AND fresh.number = line.entry_number
                   WHERE line.book_id = book.book_id
                     AND line.entry_number BETWEEN book.first AND book.last
                   GROUP BY line.entry_number, fresh.amount_satang
                   HAVING count(*) >= 2
                      AND sum(greatest(line.amount_satang, 0)) = fresh.amount_satang
               ) AS whole) <> book.many THEN
            RAISE EXCEPTION 'the entry does not balance in each fund' USING ERRCODE = '23514';
        END IF;
        IF EXISTS (
            SELECT 1 FROM public.ledger_postings AS line
            LEFT JOIN public.ledger_accounts AS account
              ON account.book_id = line.book_id AND account.id = line.account_id
            LEFT JOIN public.ledger_postings AS before
              ON before.book_id = line.book_id AND before.account_id = line.account_id
             AND before.n = line.n - 1
            WHERE line.book_id = book.book_id
              AND line.entry_number BETWEEN book.first AND book.last
              AND (account.fund IS DISTINCT FROM line.fund OR account.holds <> ''
                   OR (before.n IS NULL AND line.n <> 1)
                   OR line.balance_after_satang
                      <> COALESCE(before.balance_after_satang, 0) + line.amount_satang)) THEN
            RAISE EXCEPTION 'a posting does not continue its account' USING ERRCODE = '23514';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
--
CREATE FUNCTION samut_periods_close_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM public.ledger_periods
               WHERE book_id = NEW.book_id AND month >= NEW.month) THEN
        RAISE EXCEPTION 'a later month is closed already' USING ERRCODE = '23514';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM public.ledger_books
                   WHERE id = NEW.book_id AND COALESCE(head_number, 0) = NEW.head_number
                     AND head_seal = NEW.head_seal) THEN
        RAISE EXCEPTION 'a month is closed at the head of the book' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
--
CREATE FUNCTION samut_memos_are_only_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.book_id <> OLD.book_id OR NEW.entry_number <> OLD.entry_number
       OR NEW.text IS NOT NULL OR NEW.salt IS NOT NULL THEN
        RAISE EXCEPTION 'a memo is kept or erased, never rewritten' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
--
CREATE TRIGGER ledger_books_move_forward BEFORE UPDATE ON ledger_books
    FOR EACH ROW EXECUTE FUNCTION samut_books_move_forward();
--
CREATE TRIGGER ledger_accounts_follow_postings AFTER UPDATE ON ledger_accounts
    REFERENCING NEW TABLE AS fresh OLD TABLE AS stale
    FOR EACH STATEMENT EXECUTE FUNCTION samut_accounts_follow_postings();
--
CREATE TRIGGER ledger_postings_come_before_their_entry AFTER INSERT ON ledger_postings
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION samut_postings_come_before_their_entry();
--
CREATE TRIGGER ledger_entries_are_sealed_in_order AFTER INSERT ON ledger_entries
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION samut_entries_are_sealed_in_order();
--
CREATE TRIGGER ledger_periods_close_in_order BEFORE INSERT ON ledger_periods
    FOR EACH ROW EXECUTE FUNCTION samut_periods_close_in_order();
--
CREATE TRIGGER ledger_memos_are_only_erased BEFORE UPDATE ON ledger_memos
    FOR EACH ROW EXECUTE FUNCTION samut_memos_are_only_erased();
"""

POSTGRES_TRIGGERS = {
    "ledger_books_move_forward": "ledger_books",
    "ledger_accounts_follow_postings": "ledger_accounts",
    "ledger_postings_come_before_their_entry": "ledger_postings",
    "ledger_entries_are_sealed_in_order": "ledger_entries",
    "ledger_periods_close_in_order": "ledger_periods",
    "ledger_memos_are_only_erased": "ledger_memos",
}


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        _lock_sqlite()
    else:
        _lock_postgres()


def _lock_sqlite() -> None:
    for statement in SQLITE_LOCKS.split("\n\n"):
        op.execute(statement)
    for table in (*SEALED, *KEPT):
        for change in ("UPDATE", "DELETE") if table in SEALED else ("DELETE",):
            op.execute(
                f"CREATE TRIGGER {table}_refuse_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed'); END"
            )


def _lock_postgres() -> None:
    for statement in POSTGRES_LOCKS.split("--\n"):
        op.execute(statement)
    for table in (*SEALED, *KEPT):
        changes = "UPDATE OR DELETE OR TRUNCATE" if table in SEALED else "DELETE OR TRUNCATE"
        op.execute(
            f"CREATE TRIGGER {table}_refuse_change BEFORE {changes} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION samut_refuse_change()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_refuse_change")
    for trigger, table in POSTGRES_TRIGGERS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        for trigger in POSTGRES_TRIGGERS:
            op.execute(f"DROP TRIGGER {trigger}")
        for table in (*SEALED, *KEPT):
            for change in ("update", "delete") if table in SEALED else ("delete",):
                op.execute(f"DROP TRIGGER {table}_refuse_{change}")
        return
    for trigger, table in POSTGRES_TRIGGERS.items():
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
        op.execute(f"DROP FUNCTION samut_{trigger.removeprefix('ledger_')}()")
    for table in (*SEALED, *KEPT):
        op.execute(f"DROP TRIGGER {table}_refuse_change ON {table}")
    op.execute("DROP FUNCTION samut_refuse_change()")
