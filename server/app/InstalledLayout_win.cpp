#include "app/InstalledLayout.h"

#include <QDir>

#include <shlobj.h>

namespace concierge::app {

namespace {

QString programData()
{
    PWSTR path = nullptr;
    const HRESULT found = SHGetKnownFolderPath(FOLDERID_ProgramData, 0, nullptr, &path);
    const QString folder = found == S_OK ? QDir::fromNativeSeparators(QString::fromWCharArray(path))
                                         : QStringLiteral("C:/ProgramData");
    CoTaskMemFree(path);
    return folder + QStringLiteral("/Concierge/");
}

} // namespace

const InstalledLayout &installedLayout()
{
    static const InstalledLayout layout = [](const QString &folder) {
        const auto native = [&folder](const char *name) {
            return QDir::toNativeSeparators(folder + QLatin1String(name));
        };
        return InstalledLayout{native("concierge.conf"), native("data"), native("logs/concierge.log"),
                               QStringLiteral("concierge-monitor")};
    }(programData());
    return layout;
}

} // namespace concierge::app
