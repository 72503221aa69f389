// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/bookmarks.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QFileInfo>
#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QPointer>
#include <QSettings>

#include "base/text.h"
#include "items/qtext.h"
#include "items/session.h"
#include "layout/slicesyntax.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr std::size_t mostParts = 64;

QString fileStamp(const QString& path)
{
    const QFileInfo info(path);
    return QString::number(info.size()) + u'/' + QString::number(info.lastModified().toMSecsSinceEpoch());
}

} // namespace

Bookmarks::Bookmarks(Session& session, QObject* parent)
    : QAbstractTableModel(parent)
    , m_session(session)
{
    connect(&session, &Session::opened, this, &Bookmarks::load);
    connect(&session, &Session::layoutChanged, this, [this] { // and after opened()
        resolve();
        Q_EMIT changed();
    });
    connect(&session, &Session::saved, this, [this] {
        if (m_all.empty())
            return;
        m_fileChanged = false; // by us
        keep();
        Q_EMIT changed();
    });
}

Bookmarks::~Bookmarks()
{
    if (m_resolving)
        m_resolving->cancel();
}

QString Bookmarks::key() const
{
    const QString name = m_session.untitled() ? u"sample:"_s + m_session.title() : m_session.path();
    return u"bookmarks/"_s + QString::fromLatin1(QCryptographicHash::hash(name.toUtf8(), QCryptographicHash::Sha1).toHex());
}

void Bookmarks::load()
{
    beginResetModel();
    m_all.clear();
    QSettings settings;
    settings.beginGroup(key());
    m_fileChanged = !m_session.untitled() && settings.contains("stamp"_L1) && settings.value("stamp"_L1).toString() != fileStamp(m_session.path());
    const QJsonArray list = QJsonDocument::fromJson(settings.value("list"_L1).toString().toUtf8()).array();
    for (const QJsonValue& value : list) {
        Bookmark bookmark;
        bookmark.note = value["note"_L1].toString();
        const QJsonArray parts = value["parts"_L1].toArray();
        for (const QJsonValue& part : parts)
            bookmark.parts.push_back({ part["tensor"_L1].toString(), part["slice"_L1].toString() });
        if (!bookmark.parts.empty())
            m_all.push_back(std::move(bookmark));
    }
    endResetModel();
    Q_EMIT changed();
}

void Bookmarks::keep() const
{
    QJsonArray list;
    for (const Bookmark& bookmark : m_all) {
        QJsonArray parts;
        for (const Part& part : bookmark.parts)
            parts.append(QJsonObject { { u"tensor"_s, part.tensor }, { u"slice"_s, part.slice } });
        list.append(QJsonObject { { u"note"_s, bookmark.note }, { u"parts"_s, parts } });
    }
    QSettings settings;
    if (list.isEmpty()) {
        settings.remove(key());
        return;
    }
    settings.beginGroup(key());
    settings.setValue("path"_L1, m_session.path());
    settings.setValue("stamp"_L1, fileStamp(m_session.path()));
    settings.setValue("list"_L1, QString::fromUtf8(QJsonDocument(list).toJson(QJsonDocument::Compact)));
}

// Where each row leads in the layout that is shown.
void Bookmarks::resolve()
{
    if (m_resolving)
        m_resolving->cancel();
    m_resolving.reset();
    for (Bookmark& bookmark : m_all)
        bookmark.lead = {};
    if (!m_session.document() || m_all.empty())
        return;
    std::vector<std::vector<Part>> places;
    for (const Bookmark& bookmark : m_all)
        places.push_back(bookmark.parts);
    m_resolving = m_session.tasks()->run<std::vector<Lead>>(
        QString(), [places, layout = m_session.document()->layout()](const Job& job) { return leadsOf(places, *layout, job); },
        [guard = QPointer<Bookmarks>(this), places](const std::vector<Lead>& leads) {
            if (guard)
                guard->take(places, leads);
        });
}

std::vector<Bookmarks::Lead> Bookmarks::leadsOf(const std::vector<std::vector<Part>>& places, const FlatLayout& layout, const Job& job)
{
    QHash<QString, TensorOrdinal> wanted;
    for (const auto& parts : places)
        for (const Part& part : parts)
            wanted.insert(part.tensor, noOrdinal);
    const auto& tensors = layout.checkpoint().tensors;
    for (TensorOrdinal t = 0; t < tensors.size() && !job.cancelled(); ++t)
        if (const auto found = wanted.find(toQt(escapedWhole(tensors[t].name))); found != wanted.end() && *found == noOrdinal)
            *found = t;
    const auto leadOf = [&](const std::vector<Part>& parts) -> Lead {
        Selection selection;
        for (const Part& part : parts) {
            const TensorOrdinal t = wanted.value(part.tensor);
            if (t == noOrdinal)
                return { std::nullopt, tr("There is no tensor of this name in the file any more.") };
            if (!layout.inScope(t))
                return { std::nullopt, tr("It lies outside the scope that is shown.") };
            const auto parsed = parseSelection(layout, quotedName(layout.nameOf(t)) + part.slice.toStdString());
            if (!parsed)
                return { std::nullopt, tr("It no longer fits: %1.").arg(shown(parsed.error().message)) };
            selection.boxes.insert(selection.boxes.end(), parsed->boxes.begin(), parsed->boxes.end());
        }
        return { std::move(selection), {} };
    };
    std::vector<Lead> leads;
    for (const auto& parts : places)
        leads.push_back(leadOf(parts));
    return leads;
}

// Rows may have come and gone meanwhile.
void Bookmarks::take(const std::vector<std::vector<Part>>& places, const std::vector<Lead>& leads)
{
    m_resolving.reset();
    for (Bookmark& bookmark : m_all)
        if (const auto place = std::find(places.begin(), places.end(), bookmark.parts); place != places.end())
            bookmark.lead = leads[static_cast<std::size_t>(place - places.begin())];
    if (!m_all.empty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, Note));
    Q_EMIT changed();
}

Bookmarks::Added Bookmarks::add(const Selection& selection, const QString& note)
{
    if (!m_session.document() || selection.empty())
        return { -1, false, tr("There is nothing to bookmark: select something, or point at it.") };
    if (selection.boxes.size() > mostParts)
        return { -1, false, tr("The selection has %1 pieces; a bookmark holds %2 at most.")
                                .arg(countText(static_cast<std::int64_t>(selection.boxes.size())), countText(mostParts)) };
    const FlatLayout& layout = *m_session.document()->layout();
    Bookmark bookmark;
    bookmark.note = note;
    for (const Box& box : selection.boxes) {
        const std::string quoted = quotedName(layout.nameOf(box.tensor));
        bookmark.parts.push_back(
            { toQt(escapedWhole(layout.checkpoint().tensors[box.tensor].name)), toQt(std::string_view(boxText(layout, box)).substr(quoted.size())) });
    }
    for (std::size_t i = 0; i < m_all.size(); ++i)
        if (m_all[i].parts == bookmark.parts)
            return { static_cast<int>(i), false, tr("This place is bookmarked already.") };
    bookmark.lead.to = Selection { selection.boxes, std::nullopt };
    const int row = rowCount();
    beginInsertRows({}, row, row);
    m_all.push_back(std::move(bookmark));
    endInsertRows();
    m_fileChanged = false;
    keep();
    Q_EMIT changed();
    return { row, true, tr("Bookmarked %1").arg(placeText(row)) };
}

void Bookmarks::remove(int row)
{
    if (row < 0 || row >= rowCount())
        return;
    beginRemoveRows({}, row, row);
    m_all.erase(m_all.begin() + row);
    endRemoveRows();
    keep();
    Q_EMIT changed();
}

std::optional<Selection> Bookmarks::selection(int row) const
{
    return row < 0 || row >= rowCount() ? std::nullopt : m_all[static_cast<std::size_t>(row)].lead.to;
}

QString Bookmarks::placeText(int row) const
{
    const Bookmark& bookmark = m_all[static_cast<std::size_t>(row)];
    if (bookmark.lead.to && m_session.document())
        return toQt(selectionText(*m_session.document()->layout(), *bookmark.lead.to));
    QString text = bookmark.parts.front().tensor + bookmark.parts.front().slice;
    if (bookmark.parts.size() > 1)
        text += tr(" and %Ln more", nullptr, static_cast<int>(bookmark.parts.size()) - 1);
    return text;
}

QString Bookmarks::tsv() const
{
    QString text = u"place\tnote\n"_s;
    for (int row = 0; row < rowCount(); ++row)
        text += placeText(row) + u'\t' + QString(m_all[static_cast<std::size_t>(row)].note).replace(u'\t', u' ').replace(u'\n', u' ') + u'\n';
    return text;
}

int Bookmarks::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_all.size()); }
int Bookmarks::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant Bookmarks::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Bookmark& bookmark = m_all[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        if (index.column() == Note)
            return bookmark.note;
        return bookmark.lead.trouble.isEmpty() ? placeText(index.row()) : u"✕ "_s + placeText(index.row());
    case copyRole: return index.column() == Note ? bookmark.note : placeText(index.row()); // without the mark of one that leads nowhere
    case Qt::EditRole: return index.column() == Note ? bookmark.note : QVariant();
    case Qt::AccessibleTextRole:
        return index.column() == Note ? bookmark.note : bookmark.lead.trouble.isEmpty() ? placeText(index.row()) : placeText(index.row()) + u", "_s + bookmark.lead.trouble;
    case Qt::ToolTipRole: {
        QStringList lines { placeText(index.row()) };
        if (!bookmark.note.isEmpty())
            lines << bookmark.note;
        if (!bookmark.lead.trouble.isEmpty())
            lines << bookmark.lead.trouble;
        return lines.join(u'\n');
    }
    case TroubleRole: return bookmark.lead.trouble;
    default: return {};
    }
}

bool Bookmarks::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (!index.isValid() || index.column() != Note || role != Qt::EditRole)
        return false;
    m_all[static_cast<std::size_t>(index.row())].note = value.toString().trimmed();
    keep();
    Q_EMIT dataChanged(index, index);
    Q_EMIT changed();
    return true;
}

Qt::ItemFlags Bookmarks::flags(const QModelIndex& index) const
{
    const Qt::ItemFlags usual = QAbstractTableModel::flags(index);
    return index.isValid() && index.column() == Note ? usual | Qt::ItemIsEditable : usual;
}

QVariant Bookmarks::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    return section == Place ? tr("Place") : tr("Note");
}

} // namespace ravel
