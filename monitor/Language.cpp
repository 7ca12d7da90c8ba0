#include "Language.h"

#include <QCoreApplication>
#include <QDir>
#include <QLibraryInfo>
#include <QLocale>
#include <QTranslator>

#include <memory>
#include <vector>

// A static library's resources are not there by themselves; the macro must stand outside of any namespace.
static void initResources()
{
    Q_INIT_RESOURCE(monitor_translations);
}

namespace concierge::monitor {

namespace {

const QString folder = QStringLiteral(":/translations");
const QString prefix = QStringLiteral("concierge-monitor_");

} // namespace

QStringList languages()
{
    initResources();
    QStringList found;
    for (const QString &file :
         QDir(folder).entryList({prefix + QStringLiteral("*.qm")}, QDir::Files, QDir::Name))
        found.append(file.mid(prefix.size()).chopped(3));
    return found;
}

QString languageName(const QString &language)
{
    // Of "en" Qt would say which of them.
    return language == QLatin1String("en") ? QStringLiteral("English")
                                           : QLocale(language).nativeLanguageName();
}

void applyLanguage(const QString &language)
{
    static std::vector<std::unique_ptr<QTranslator>> installed;
    for (const auto &translator : installed)
        QCoreApplication::removeTranslator(translator.get());
    installed.clear();
    const QLocale locale = language.isEmpty() ? QLocale::system() : QLocale(language);
    const QString spoken = languages().contains(locale.name().section(QLatin1Char('_'), 0, 0))
                               ? locale.name().section(QLatin1Char('_'), 0, 0)
                               : QStringLiteral("en");
    // Numbers and dates follow the language, so that a window speaks one.
    QLocale::setDefault(spoken == locale.name().section(QLatin1Char('_'), 0, 0) ? locale : QLocale(spoken));
    const auto install = [](const QString &name, const QString &where) {
        auto translator = std::make_unique<QTranslator>();
        if (!translator->load(name, where))
            return;
        QCoreApplication::installTranslator(translator.get());
        installed.push_back(std::move(translator));
    };
    install(QStringLiteral("qtbase_") + spoken, QLibraryInfo::path(QLibraryInfo::TranslationsPath));
    install(prefix + spoken, folder);
}

} // namespace concierge::monitor
