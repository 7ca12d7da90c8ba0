#pragma once

#include <QString>

namespace concierge::monitor {

/// A text from elsewhere in one line, as it is: what turns the direction around, breaks the line or cannot be
/// seen at all (control and format characters) is shown as "?".
QString visible(const QString &text);

/// A text from elsewhere for a tooltip: in lines of some 100 characters, at most 20 of them.
QString wrapped(const QString &text);

/// As visible(), and the middle left out where it is longer than this.
QString shortened(const QString &text, qsizetype length);

/// For what the desktop shows, which may take markup for such: "<b>" becomes "‹b›".
QString withoutMarkup(QString text);

} // namespace concierge::monitor
