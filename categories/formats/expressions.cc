// squidGuard's "expressions": one POSIX extended regular expression a line, over the URL without its scheme.
#include "categories/formats/entry.h"
#include "categories/formats/expression.h"

namespace citygate::categories {

void read_expressions_line(std::string_view line, LineResult& out) {
  if (line.front() == '#') return;
  std::string expression;
  if (const auto wrong = from_url_expression(line, ExpressionDialect::Posix, expression); !wrong.empty())
    return out.fault(wrong);
  out.next().expression = std::move(expression);
}

}  // namespace citygate::categories
