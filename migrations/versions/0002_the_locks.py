"""The locks on the book: what is sealed is never changed, and what is wrong is never sealed.

Why: the application checks every entry before it writes it; these checks hold when the application
is wrong, or is not the one who writes. ``docs/seal.md`` says what they do not hold against.
Undo: nothing is lost but the protection.

The head of the book is moved first, over a whole batch; then its postings are written, then the
accounts they move, then its entries, then the key of the request, which seals the batch: when it
comes, everything between the batch's first entry and its last is looked at in a few statements,
which costs a fraction of looking at each row. The deferred key from the head of the book to it
makes a commit without it impossible, and the head cannot move on before it is there, so nothing is
ever passed over.

SQLite's triggers refuse with ROLLBACK and not with ABORT: the whole transaction is gone, and the
database need not keep a copy of every page that a row touches for the case that only this row is
taken back. That made a posting a third dearer. A sum in the trigger of a row has the same price
(SQLite prepares for its overflow), which is why the sums are looked at once, with the key.
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
    SELECT RAISE(ROLLBACK, 'a book keeps its number and code')
    WHERE NEW.id <> OLD.id OR NEW.code <> OLD.code OR NEW.opened_at <> OLD.opened_at;
    SELECT RAISE(ROLLBACK, 'the head moves forward only')
    WHERE COALESCE(NEW.head_number, 0) < COALESCE(OLD.head_number, 0)
       OR (NEW.head_number IS OLD.head_number AND (
           NEW.head_seal <> OLD.head_seal OR NEW.head_recorded_at <> OLD.head_recorded_at
           OR NEW.head_batch IS NOT OLD.head_batch));
    SELECT RAISE(ROLLBACK, 'the head moves over one whole batch')
    WHERE NEW.head_number IS NOT OLD.head_number AND (
        NEW.head_batch IS NOT COALESCE(OLD.head_number, 0) + 1
        OR (OLD.head_number IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM ledger_keys WHERE book_id = OLD.id AND last_number = OLD.head_number)));
END;

CREATE TRIGGER ledger_accounts_keep_their_kind
BEFORE UPDATE OF book_id, id, code, fund, kind, holds, control_id ON ledger_accounts
BEGIN
    SELECT RAISE(ROLLBACK, 'an account keeps its number, code, fund and kind')
    WHERE NEW.book_id <> OLD.book_id OR NEW.id <> OLD.id OR NEW.code <> OLD.code
       OR NEW.fund <> OLD.fund OR NEW.kind <> OLD.kind OR NEW.holds <> OLD.holds
       OR NEW.control_id IS NOT OLD.control_id;
END;

CREATE TRIGGER ledger_accounts_follow_postings
BEFORE UPDATE OF n, balance_satang ON ledger_accounts
BEGIN
    SELECT RAISE(ROLLBACK, 'a balance is that of the last posting')
    WHERE NEW.n < OLD.n OR NOT EXISTS (
        SELECT 1 FROM ledger_postings
        WHERE book_id = NEW.book_id AND account_id = NEW.id AND n = NEW.n
          AND balance_after_satang = NEW.balance_satang);
    SELECT RAISE(ROLLBACK, 'a posting does not continue its account')
    WHERE EXISTS (
        SELECT 1 FROM ledger_postings AS line
        WHERE line.book_id = NEW.book_id AND line.account_id = NEW.id
          AND line.n > OLD.n AND line.n <= NEW.n
          AND line.balance_after_satang IS NOT line.amount_satang + CASE line.n
              WHEN OLD.n + 1 THEN OLD.balance_satang
              ELSE (SELECT before.balance_after_satang FROM ledger_postings AS before
                    WHERE before.book_id = line.book_id AND before.account_id = line.account_id
                      AND before.n = line.n - 1) END);
END;

CREATE TRIGGER ledger_postings_are_of_the_open_batch BEFORE INSERT ON ledger_postings
BEGIN
    SELECT RAISE(ROLLBACK, 'the posting is not of the batch that is being written')
    WHERE NOT EXISTS (
        SELECT 1 FROM ledger_books
        WHERE id = NEW.book_id AND NEW.entry_number BETWEEN head_batch AND head_number
          AND NOT EXISTS (SELECT 1 FROM ledger_keys
                          WHERE book_id = NEW.book_id AND last_number = head_number));
END;

CREATE TRIGGER ledger_entries_are_of_the_open_batch BEFORE INSERT ON ledger_entries
BEGIN
    SELECT RAISE(ROLLBACK, 'the entry is not of the batch that is being written')
    WHERE NOT EXISTS (
        SELECT 1 FROM ledger_books
        WHERE id = NEW.book_id AND NEW.number BETWEEN head_batch AND head_number
          AND NEW.batch = head_batch
          AND NOT EXISTS (SELECT 1 FROM ledger_keys
                          WHERE book_id = NEW.book_id AND last_number = head_number));
END;

CREATE TRIGGER ledger_keys_seal_their_batch BEFORE INSERT ON ledger_keys
BEGIN
    SELECT RAISE(ROLLBACK, 'the batch does not end at the head of the book')
    WHERE NOT EXISTS (
        SELECT 1 FROM ledger_books JOIN ledger_entries ON book_id = id AND number = head_number
        WHERE id = NEW.book_id AND head_batch = NEW.first_number AND head_number = NEW.last_number
          AND head_seal = seal AND head_recorded_at = recorded_at);
    SELECT RAISE(ROLLBACK, 'an entry is not linked to the last seal')
    WHERE EXISTS (
        SELECT 1 FROM ledger_entries AS entry LEFT JOIN ledger_entries AS before
          ON before.book_id = entry.book_id AND before.number = entry.number - 1
        WHERE entry.book_id = NEW.book_id
          AND entry.number BETWEEN NEW.first_number AND NEW.last_number
          AND entry.number > 1
          AND (before.seal IS NOT entry.previous_seal OR before.recorded_at > entry.recorded_at));
    SELECT RAISE(ROLLBACK, 'the first entry is missing')
    WHERE NEW.first_number = 1 AND NOT EXISTS (
        SELECT 1 FROM ledger_entries WHERE book_id = NEW.book_id AND number = 1);
    SELECT RAISE(ROLLBACK, 'the month is closed')
    WHERE EXISTS (
        SELECT 1 FROM ledger_entries
        WHERE book_id = NEW.book_id AND number BETWEEN NEW.first_number AND NEW.last_number
          AND substr(entered_on, 1, 7) || '-01' <= (
              SELECT max(month) FROM ledger_periods WHERE book_id = NEW.book_id));
    SELECT RAISE(ROLLBACK, 'an entry does not balance in each fund')
    WHERE EXISTS (
        SELECT 1 FROM ledger_entries AS entry LEFT JOIN ledger_postings AS line
          ON line.book_id = entry.book_id AND line.entry_number = entry.number
        WHERE entry.book_id = NEW.book_id
          AND entry.number BETWEEN NEW.first_number AND NEW.last_number
        GROUP BY entry.number
        HAVING count(line.line) < 2 OR max(line.line) <> count(line.line)
            OR sum(line.amount_satang) <> 0
            OR sum(max(line.amount_satang, 0)) <> entry.amount_satang
            OR (min(line.fund) <> max(line.fund) AND EXISTS (
                SELECT 1 FROM ledger_postings
                WHERE book_id = NEW.book_id AND entry_number = entry.number
                GROUP BY fund HAVING sum(amount_satang) <> 0)));
    SELECT RAISE(ROLLBACK, 'a posting does not stand in its account')
    WHERE EXISTS (
        SELECT 1 FROM ledger_postings AS line LEFT JOIN ledger_accounts AS account
          ON account.book_id = line.book_id AND account.id = line.account_id
        WHERE line.book_id = NEW.book_id
          AND line.entry_number BETWEEN NEW.first_number AND NEW.last_number
          AND (account.fund IS NOT line.fund OR account.holds <> '' OR account.n < line.n));
END;

CREATE TRIGGER ledger_periods_close_in_order BEFORE INSERT ON ledger_periods
BEGIN
    SELECT RAISE(ROLLBACK, 'a later month is closed already')
    WHERE EXISTS (SELECT 1 FROM ledger_periods
                  WHERE book_id = NEW.book_id AND month >= NEW.month);
    SELECT RAISE(ROLLBACK, 'a month is closed at the head of the book')
    WHERE NOT EXISTS (SELECT 1 FROM ledger_books
                      WHERE id = NEW.book_id AND COALESCE(head_number, 0) = NEW.head_number
                        AND head_seal = NEW.head_seal);
END;

CREATE TRIGGER ledger_memos_are_only_erased BEFORE UPDATE ON ledger_memos
BEGIN
    SELECT RAISE(ROLLBACK, 'a memo is kept or erased, never rewritten')
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
           NEW.head_seal <> OLD.head_seal OR NEW.head_recorded_at <> OLD.head_recorded_at
           OR NEW.head_batch IS DISTINCT FROM OLD.head_batch)) THEN
        RAISE EXCEPTION 'the head moves forward only' USING ERRCODE = '23514';
    END IF;
    IF NEW.head_number IS DISTINCT FROM OLD.head_number AND (
        NEW.head_batch IS DISTINCT FROM COALESCE(OLD.head_number, 0) + 1
        OR (OLD.head_number IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM public.ledger_keys
            WHERE book_id = OLD.id AND last_number = OLD.head_number))) THEN
        RAISE EXCEPTION 'the head moves over one whole batch' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
--
CREATE FUNCTION samut_accounts_keep_their_kind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.book_id, NEW.id, NEW.code, NEW.fund, NEW.kind, NEW.holds)
       <> (OLD.book_id, OLD.id, OLD.code, OLD.fund, OLD.kind, OLD.holds)
       OR NEW.control_id IS DISTINCT FROM OLD.control_id THEN
        RAISE EXCEPTION 'an account keeps its number, code, fund and kind' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
--
CREATE FUNCTION samut_accounts_follow_postings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    astray boolean;
    broken boolean;
BEGIN
    -- What an account was and is are brought together by grouping, not by a join: the plan is made
    -- for the few accounts of one entry and must serve for the thousands of a batch. The LIMIT
    -- keeps each account's lines a walk along the key, whatever the planner thinks of their number.
    SELECT bool_or(last < first OR (last = first AND balance <> balance_before)
                   OR (last > first AND n IS NULL)
                   OR (n_after IS NULL AND (n <> last OR after <> balance))),
           bool_or(n <> n_before + 1 OR after <> before + amount)
    INTO astray, broken
    FROM (
        SELECT moved.*, line.n, line.amount_satang AS amount, line.balance_after_satang AS after,
               lag(line.balance_after_satang, 1, moved.balance_before) OVER walk AS before,
               lag(line.n, 1, moved.first) OVER walk AS n_before, lead(line.n) OVER walk AS n_after
        FROM (
            SELECT book_id, id, sum(n) FILTER (WHERE NOT is_fresh)::bigint AS first,
                   sum(n) FILTER (WHERE is_fresh)::bigint AS last,
                   sum(balance_satang) FILTER (WHERE NOT is_fresh)::bigint AS balance_before,
                   sum(balance_satang) FILTER (WHERE is_fresh)::bigint AS balance
            FROM (SELECT book_id, id, n, balance_satang, true AS is_fresh FROM fresh UNION ALL
                  SELECT book_id, id, n, balance_satang, false FROM stale) AS both_sides
            GROUP BY book_id, id
        ) AS moved
        LEFT JOIN LATERAL (
            SELECT kept.n, kept.amount_satang, kept.balance_after_satang
            FROM public.ledger_postings AS kept
            WHERE kept.book_id = moved.book_id AND kept.account_id = moved.id
              AND kept.n > moved.first AND kept.n <= moved.last
            ORDER BY kept.n LIMIT moved.last - moved.first
        ) AS line ON moved.last > moved.first
        WINDOW walk AS (PARTITION BY moved.book_id, moved.id ORDER BY line.n)
    ) AS walked;
    IF broken THEN
        RAISE EXCEPTION 'a posting does not continue its account' USING ERRCODE = '23514';
    END IF;
    IF astray THEN
        RAISE EXCEPTION 'a balance is that of the last posting' USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;
--
CREATE FUNCTION samut_postings_are_of_the_open_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM (SELECT book_id, min(entry_number) AS first, max(entry_number) AS last
                       FROM fresh GROUP BY book_id) AS written
        LEFT JOIN public.ledger_books AS head ON head.id = written.book_id
        LEFT JOIN public.ledger_keys AS sealed
          ON sealed.book_id = head.id AND sealed.last_number = head.head_number
        WHERE head.head_number IS NULL OR sealed.book_id IS NOT NULL
           OR written.first < head.head_batch OR written.last > head.head_number) THEN
        RAISE EXCEPTION 'the posting is not of the batch that is being written'
            USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;
--
CREATE FUNCTION samut_entries_are_of_the_open_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM (SELECT book_id, min(number) AS first, max(number) AS last,
                              min(batch) AS first_batch, max(batch) AS last_batch
                       FROM fresh GROUP BY book_id) AS written
        LEFT JOIN public.ledger_books AS head ON head.id = written.book_id
        LEFT JOIN public.ledger_keys AS sealed
          ON sealed.book_id = head.id AND sealed.last_number = head.head_number
        WHERE head.head_number IS NULL OR sealed.book_id IS NOT NULL
           OR written.first < head.head_batch OR written.last > head.head_number
           OR written.first_batch <> head.head_batch
           OR written.last_batch <> head.head_batch) THEN
        RAISE EXCEPTION 'the entry is not of the batch that is being written'
            USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;
--
CREATE FUNCTION samut_keys_seal_their_batch() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closed date := (SELECT max(month) FROM public.ledger_periods WHERE book_id = NEW.book_id);
    entries record;
    postings record;
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM public.ledger_books AS head JOIN public.ledger_entries AS entry
          ON entry.book_id = head.id AND entry.number = head.head_number
        WHERE head.id = NEW.book_id
          AND head.head_batch = NEW.first_number AND head.head_number = NEW.last_number
          AND head.head_seal = entry.seal AND head.head_recorded_at = entry.recorded_at) THEN
        RAISE EXCEPTION 'the batch does not end at the head of the book' USING ERRCODE = '23514';
    END IF;
    SELECT count(*) AS many,
           bool_or(entry.number > 1 AND (before.seal IS DISTINCT FROM entry.previous_seal
                                         OR before.recorded_at > entry.recorded_at)) AS unlinked,
           bool_or(date_trunc('month', entry.entered_on) <= closed) AS late
    INTO entries
    FROM public.ledger_entries AS entry LEFT JOIN public.ledger_entries AS before
      ON before.book_id = NEW.book_id AND before.number = entry.number - 1
    WHERE entry.book_id = NEW.book_id
      AND entry.number BETWEEN NEW.first_number AND NEW.last_number;
    IF entries.unlinked OR entries.many <> NEW.last_number - NEW.first_number + 1 THEN
        RAISE EXCEPTION 'an entry is not linked to the last seal' USING ERRCODE = '23514';
    END IF;
    IF entries.late THEN
        RAISE EXCEPTION 'the month is closed' USING ERRCODE = '23514';
    END IF;
    SELECT count(*) AS balanced, bool_or(astray) AS astray
    INTO postings
    FROM (
        SELECT bool_or(account.fund IS DISTINCT FROM line.fund OR account.holds <> ''
                       OR account.n < line.n) AS astray
        FROM public.ledger_entries AS entry
        JOIN public.ledger_postings AS line
          ON line.book_id = NEW.book_id AND line.entry_number = entry.number
        LEFT JOIN public.ledger_accounts AS account
          ON account.book_id = NEW.book_id AND account.id = line.account_id
        WHERE entry.book_id = NEW.book_id
          AND entry.number BETWEEN NEW.first_number AND NEW.last_number
        GROUP BY entry.number, entry.amount_satang
        HAVING count(*) >= 2 AND max(line.line) = count(*) AND sum(line.amount_satang) = 0
           AND sum(greatest(line.amount_satang, 0)) = entry.amount_satang
           AND (min(line.fund) = max(line.fund) OR NOT EXISTS (
               SELECT 1 FROM public.ledger_postings AS part
               WHERE part.book_id = NEW.book_id AND part.entry_number = entry.number
               GROUP BY part.fund HAVING sum(part.amount_satang) <> 0))
    ) AS entry;
    IF postings.balanced <> entries.many THEN
        RAISE EXCEPTION 'an entry does not balance in each fund' USING ERRCODE = '23514';
    END IF;
    IF postings.astray THEN
        RAISE EXCEPTION 'a posting does not stand in its account' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
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
CREATE TRIGGER ledger_accounts_keep_their_kind
    BEFORE UPDATE OF book_id, id, code, fund, kind, holds, control_id ON ledger_accounts
    FOR EACH ROW EXECUTE FUNCTION samut_accounts_keep_their_kind();
--
CREATE TRIGGER ledger_accounts_follow_postings AFTER UPDATE ON ledger_accounts
    REFERENCING NEW TABLE AS fresh OLD TABLE AS stale
    FOR EACH STATEMENT EXECUTE FUNCTION samut_accounts_follow_postings();
--
CREATE TRIGGER ledger_postings_are_of_the_open_batch AFTER INSERT ON ledger_postings
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION samut_postings_are_of_the_open_batch();
--
CREATE TRIGGER ledger_entries_are_of_the_open_batch AFTER INSERT ON ledger_entries
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION samut_entries_are_of_the_open_batch();
--
CREATE TRIGGER ledger_keys_seal_their_batch BEFORE INSERT ON ledger_keys
    FOR EACH ROW EXECUTE FUNCTION samut_keys_seal_their_batch();
--
CREATE TRIGGER ledger_periods_close_in_order BEFORE INSERT ON ledger_periods
    FOR EACH ROW EXECUTE FUNCTION samut_periods_close_in_order();
--
CREATE TRIGGER ledger_memos_are_only_erased BEFORE UPDATE ON ledger_memos
    FOR EACH ROW EXECUTE FUNCTION samut_memos_are_only_erased();
"""

#: How a batch is opened and written, each in one journey. They do nothing that the application
#: could not do in ten, and every lock above looks at them as at anybody. Their statements are
#: planned once: planning the checks of one entry took five times as long as making them, and each
#: is a walk along a key whatever the tables hold, so there is nothing to choose. Nor is there
#: anything to compile: that took a second over checks that take ten milliseconds. Of a long batch
#: the postings and entries have been written before, by COPY, and their arrays are empty.
POSTGRES_POSTING = """
CREATE FUNCTION samut_open_batch(book bigint, key text, accounts bigint[], since date)
RETURNS TABLE (code text, head_number bigint, head_seal bytea, head_recorded_at timestamptz,
               closed_until date, first_number bigint, last_number bigint, digest bytea,
               ids bigint[], codes text[], funds text[], keeping text[], holding text[],
               closed boolean[], ns bigint[], balances bigint[],
               month_ids bigint[], months text[], openings bigint[], debits bigint[],
               credits bigint[])
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
    -- The lock is waited for in a statement of its own: what a statement reads beside the row
    -- that it locks, such as the keys, is as old as the moment at which it began to wait.
    PERFORM 1 FROM public.ledger_books WHERE id = book FOR UPDATE;
    RETURN QUERY
    SELECT head.code, head.head_number, head.head_seal, head.head_recorded_at,
           (SELECT max(month) FROM public.ledger_periods WHERE book_id = book),
           used.first_number, used.last_number, used.digest,
           account.ids, account.codes, account.funds, account.keeping, account.holding,
           account.closed, account.ns, account.balances,
           kept.ids, kept.months, kept.openings, kept.debits, kept.credits
    FROM public.ledger_books AS head
    LEFT JOIN public.ledger_keys AS used ON used.book_id = book AND used.idempotency_key = key
    CROSS JOIN (
        SELECT array_agg(id) AS ids, array_agg(ledger_accounts.code) AS codes,
               array_agg(fund) AS funds, array_agg(keeps) AS keeping, array_agg(holds) AS holding,
               array_agg(closed_on IS NOT NULL) AS closed, array_agg(n) AS ns,
               array_agg(balance_satang) AS balances
        FROM public.ledger_accounts WHERE book_id = book AND id = ANY(accounts)
    ) AS account
    CROSS JOIN (
        SELECT array_agg(account_id) AS ids, array_agg(to_char(month, 'YYYY-MM-DD')) AS months,
               array_agg(opening_satang) AS openings, array_agg(debit_satang) AS debits,
               array_agg(credit_satang) AS credits
        FROM public.ledger_month_balances
        WHERE book_id = book AND account_id = ANY(accounts) AND month >= since
    ) AS kept
    WHERE head.id = book;
END $$;
--
CREATE FUNCTION samut_post_batch(
    book bigint, first bigint, last bigint, recorded timestamptz, new_seal bytea,
    by_officer text, also_by text,
    kinds text[], days date[], papers text[], amounts bigint[], digests bytea[],
    taken_back bigint[], seals_before bytea[], seals bytea[],
    accounts bigint[], ns bigint[], numbers bigint[], lines bigint[], funds text[],
    moved bigint[], balances bigint[],
    memo_numbers bigint[], memos text[], salts bytea[],
    moved_accounts bigint[], new_ns bigint[], new_balances bigint[],
    month_accounts bigint[], months date[], openings bigint[], debits bigint[], credits bigint[],
    key text, digest bytea)
RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    UPDATE public.ledger_books SET head_number = last, head_batch = first,
        head_seal = new_seal, head_recorded_at = recorded
    WHERE id = book;
    IF array_length(accounts, 1) > 0 THEN
        INSERT INTO public.ledger_postings (book_id, account_id, n, entry_number, line, fund,
                                            amount_satang, balance_after_satang)
        SELECT book, fresh.*
        FROM unnest(accounts, ns, numbers, lines, funds, moved, balances) AS fresh;
    END IF;
    UPDATE public.ledger_accounts AS kept SET n = fresh.n, balance_satang = fresh.balance
    FROM unnest(moved_accounts, new_ns, new_balances) AS fresh(id, n, balance)
    WHERE kept.book_id = book AND kept.id = fresh.id;
    IF array_length(seals, 1) > 0 THEN
        INSERT INTO public.ledger_entries (book_id, number, batch, kind, entered_on, recorded_at,
            posted_by, approved_by, reference, amount_satang, memo_digest, reverses_number,
            previous_seal, seal)
        SELECT book, first + place - 1, first, kind, day, recorded, by_officer, also_by, paper,
               amount, memo_digest, reverses, previous_seal, seal
        FROM unnest(kinds, days, papers, amounts, digests, taken_back, seals_before, seals)
            WITH ORDINALITY
            AS fresh(kind, day, paper, amount, memo_digest, reverses, previous_seal, seal, place);
    END IF;
    IF array_length(memos, 1) > 0 THEN
        INSERT INTO public.ledger_memos (book_id, entry_number, text, salt)
        SELECT book, fresh.* FROM unnest(memo_numbers, memos, salts) AS fresh;
    END IF;
    INSERT INTO public.ledger_month_balances AS kept (book_id, account_id, month, opening_satang,
                                                      debit_satang, credit_satang)
    SELECT book, fresh.* FROM unnest(month_accounts, months, openings, debits, credits) AS fresh
    ON CONFLICT (book_id, account_id, month) DO UPDATE SET
        opening_satang = excluded.opening_satang, debit_satang = excluded.debit_satang,
        credit_satang = excluded.credit_satang;
    INSERT INTO public.ledger_keys (book_id, idempotency_key, digest, first_number, last_number)
    VALUES (book, key, digest, first, last);
END $$;
"""

LOCKS = {
    "ledger_books_move_forward": "ledger_books",
    "ledger_accounts_keep_their_kind": "ledger_accounts",
    "ledger_accounts_follow_postings": "ledger_accounts",
    "ledger_postings_are_of_the_open_batch": "ledger_postings",
    "ledger_entries_are_of_the_open_batch": "ledger_entries",
    "ledger_keys_seal_their_batch": "ledger_keys",
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
    for statement in (*POSTGRES_LOCKS.split("--\n"), *POSTGRES_POSTING.split("\n--\n")):
        op.execute(statement)
    for table in (*SEALED, *KEPT):
        changes = "UPDATE OR DELETE OR TRUNCATE" if table in SEALED else "DELETE OR TRUNCATE"
        op.execute(
            f"CREATE TRIGGER {table}_refuse_change BEFORE {changes} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION samut_refuse_change()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_refuse_change")
    for trigger, table in LOCKS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        for trigger in LOCKS:
            op.execute(f"DROP TRIGGER {trigger}")
        for table in (*SEALED, *KEPT):
            for change in ("update", "delete") if table in SEALED else ("delete",):
                op.execute(f"DROP TRIGGER {table}_refuse_{change}")
        return
    for trigger, table in LOCKS.items():
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
        op.execute(f"DROP FUNCTION samut_{trigger.removeprefix('ledger_')}()")
    for table in (*SEALED, *KEPT):
        op.execute(f"DROP TRIGGER {table}_refuse_change ON {table}")
    op.execute("DROP FUNCTION samut_open_batch")
    op.execute("DROP FUNCTION samut_post_batch")
    op.execute("DROP FUNCTION samut_refuse_change()")
