# Makes the generated executor do less:
#
# - A scalar that a row has is written without all that gqlgen prepares for a resolver: a context of the field, which its
#   middleware and its errors need. There is no such middleware, and reading a row's member cannot fail.
# - An element of a list is answered where it is, and not as a copy.
#
#   perl -i scripts/leaner.pl graph/*_gen.go
use strict;
use warnings;

my $of_type = qr/ \w [\w.]* /x;    # no pointer and no list: these can be null where the schema wants a value

my $plain = qr{
    return\ graphql\.ResolveField\(\s+
        ctx,\s+ ec\.OperationContext,\s+ field,\s+
        func\(ctx\ context\.Context,\ field\ graphql\.CollectedField\)\ \(\*graphql\.FieldContext,\ error\)\ \{\s+
            return\ ec\.fieldContext_\w+\(ctx,\ field\)\s+
        \},\s+
        func\(ctx\ context\.Context\)\ \(any,\ error\)\ \{\s+
            return\ (?<value> obj\.\w+ (?:\(\))? ),\ nil\s+
        \},\s+
        nil,\s+
        func\(ctx\ context\.Context,\ selections\ ast\.SelectionSet,\ v\ (?: $of_type | \*$of_type (?= .* \n .* marshalO ) )\)\ graphql\.Marshaler\ \{\s+
            return\ ec\.(?<marshal>[^(]+)\(ctx,\ selections,\ v\)\s+
        \},\s+
        true,\s+ (?:true|false),\s+
    \)
    (?= \n\}\n\s*func\ \(ec\ \*executionContext\)\ fieldContext_\w+\(_\ context\.Context,\ field\ graphql\.CollectedField\)\ \(fc\ \*graphql\.FieldContext,\ err\ error\)\ \{\n
        \treturn\ graphql\.NewScalarFieldContext\( )
}x;

my ($scalars, $elements) = (0, 0);
local $/;
while (my $code = <>) {
    $scalars += $code =~ s/$plain/return ec.$+{marshal}(ctx, field.Selections, $+{value})/g;
    my %object = map { $_ => 1 } $code =~ /^func \(ec \*executionContext\) _(\w+)\(.*, obj \*/mg;
    $elements += $code =~ s{(return ec\.)(marshalN(\w+?)2[^(]+\(ctx, sel, )(v\[i\]\))}{ $object{$3} ? "$1_$3(ctx, sel, &$4" : "$1$2$4" }ge;
    my $body = $code =~ s/^import \(.*?^\)//msr;
    $code =~ s{^(\t"(?:[^"]+/)?([^"/]+)"\n)}{ my ($line, $name) = ($1, $2); $body =~ /\b$name\./ ? $line : '' }gme;    # imports that nothing needs any more
    print $code;
}
die "The code that gqlgen makes is another one: see to docs/decisions/0016-lists-in-order.md.\n" unless $scalars && $elements;
