-- A lead at the desk tries a changed playbook.
ALTER TABLE desk_audit
    COMMENT COLUMN deed 'What was done: signed_in, refused, signed_out, looked_at_customer, searched, listed, exported or tried_rules',
    COMMENT COLUMN detail 'What was searched, what a list was of, or which version of the rules was tried; may be empty';
