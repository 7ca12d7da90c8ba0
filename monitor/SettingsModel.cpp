#include "ServicePage.h"

#include "Theme.h"
#include "Visible.h"

namespace concierge::monitor {

void SettingsModel::setSettings(const QList<feed::Setting> &settings)
{
    if (m_settings == settings)
        return;
    beginResetModel();
    m_settings = settings;
    endResetModel();
}

void SettingsModel::retranslate()
{
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, 2);
    if (!m_settings.isEmpty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, 2));
}

int SettingsModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_settings.size());
}

int SettingsModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : 3;
}

QVariant SettingsModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    const feed::Setting &setting = m_settings[index.row()];
    if (role == Qt::ForegroundRole)
        return index.column() == 1 ? QVariant() : Theme::current().muted;
    if (role == Qt::ToolTipRole)
        return wrapped(data(index, Qt::DisplayRole).toString());
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case 0:
        return visible(setting.name);
    case 1:
        return visible(setting.value);
    default:
        if (setting.origin == QLatin1String("default"))
            return tr("default");
        if (setting.origin == QLatin1String("environment"))
            return tr("environment");
        if (setting.origin == QLatin1String("flag"))
            return tr("command line");
        return setting.origin;
    }
}

QVariant SettingsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    return section == 0 ? tr("Setting") : section == 1 ? tr("Value") : tr("From");
}

} // namespace concierge::monitor
