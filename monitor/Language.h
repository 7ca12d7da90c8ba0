#pragma once

#include <QStringList>

namespace concierge::monitor {

/// The languages that the program speaks: "en", "de", …
QStringList languages();
/// In its own words: "Deutsch".
QString languageName(const QString &language);
/// From now on the application speaks this one, or where it is empty the system's, as far as there is a
/// translation; widgets hear of it by QEvent::LanguageChange.
void applyLanguage(const QString &language);

} // namespace concierge::monitor
