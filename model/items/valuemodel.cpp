// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/valuemodel.h"

#include "edit/exact.h"
#include "items/qtext.h"
#include "items/session.h"
#include "items/stepselect.h"
#include "layout/slicesyntax.h"

#include <array>
#include <cstring>

using namespace Qt::StringLiterals;

namespace ravel {

ValueModel::ValueModel(Session& session, QObject* parent)
    : QAbstractTableModel(parent)
    , m_session(session)
{
    connect(&session, &Session::editsChanged, this, &ValueModel::load);
    connect(session.selection(), &SelectionModel::changed, this, [this] {
        if (m_bytes && rowCount() > 0)
            Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1), { TakenRole });
    });
    connect(&session, &Session::opened, this, [this] { setBox(std::nullopt); });
}

ValueModel::~ValueModel()
{
    if (m_job)
        m_job->cancel();
}

void ValueModel::setBox(std::optional<Box> box)
{
    beginResetModel();
    m_page.reset();
    m_bytes.reset();
    if (box && m_session.document()) {
        m_page = ValuePage::of(*box);
        m_dtype = m_session.document()->checkpoint().tensors[box->tensor].dtype;
    }
    endResetModel();
    load();
    Q_EMIT pageChanged();
}

void ValueModel::setPage(const ValuePage& page)
{
    beginResetModel();
    m_page = page;
    m_bytes.reset();
    endResetModel();
    load();
    Q_EMIT pageChanged();
}

void ValueModel::load()
{
    if (m_job)
        m_job->cancel();
    m_job.reset();
    if (!m_page || !m_session.document() || m_page->rows() == 0)
        return;
    using Read = Result<std::shared_ptr<const Contents>>;
    m_job = m_session.tasks()->run<Read>(
        QString(),
        [edited = m_session.document()->edited(), box = m_page->pageBox()](const Job&) -> Read {
            auto contents = std::make_shared<Contents>();
            RAVEL_TRY(edited.readBox(box, contents->now));
            const auto region = toRegion(edited.checkpoint(), box);
            if (region && edited.touches(region->storage, region->start, region->end()))
                RAVEL_TRY(EditedVector(edited.checkpointPtr()).readBox(box, contents->before));
            return std::shared_ptr<const Contents>(contents);
        },
        [this](Read read) {
            m_job.reset();
            if (!read) {
                Q_EMIT refused(sentenceOf(read.error()));
                return;
            }
            m_bytes = std::move(*read);
            if (rowCount() > 0)
                Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
            Q_EMIT pageLoaded();
        });
}

QString ValueModel::readOnlyReason() const
{
    if (!m_page || !m_session.document())
        return {};
    const Checkpoint& checkpoint = m_session.document()->checkpoint();
    const Tensor& tensor = checkpoint.tensors[m_page->box.tensor];
    if (!checkpoint.writable)
        return tr("The file is read-only.");
    if (!tensor.editable)
        return tensor.reason.empty() ? tr("This tensor cannot be edited.") : sentenceOf({ ErrorCode::Refused, tensor.reason });
    return {};
}

int ValueModel::rowCount(const QModelIndex& parent) const { return parent.isValid() || !m_page ? 0 : m_page->rows(); }
int ValueModel::columnCount(const QModelIndex& parent) const { return parent.isValid() || !m_page ? 0 : m_page->columns(); }

const std::byte* ValueModel::element(const QModelIndex& index, const std::vector<std::byte>& bytes) const
{
    const auto ordinal = m_page->ordinal(index.row(), index.column());
    const auto size = static_cast<std::size_t>(dtypeSize(m_dtype));
    if (!ordinal || (static_cast<std::size_t>(*ordinal) + 1) * size > bytes.size())
        return nullptr;
    return bytes.data() + static_cast<std::size_t>(*ordinal) * size;
}

bool ValueModel::isEdited(const QModelIndex& index) const
{
    const std::byte* now = element(index, m_bytes->now);
    const std::byte* before = element(index, m_bytes->before);
    return now && before && std::memcmp(now, before, static_cast<std::size_t>(dtypeSize(m_dtype))) != 0;
}

bool ValueModel::isTaken(const QModelIndex& index) const
{
    const auto& where = m_session.selection()->selection().where;
    const std::byte* at = where ? element(index, m_bytes->now) : nullptr;
    if (!at || isComplex(m_dtype))
        return false;
    const Number value = loadNumber(m_dtype, at);
    const int low = compareExactly(value, Number::ofReal(where->low)), high = compareExactly(value, Number::ofReal(where->high));
    return (low == 0 || low == 1) && (high == 0 || high == -1); // as a step takes it
}

QVariant ValueModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || !m_page)
        return {};
    switch (role) {
    case copyRole:
    case Qt::DisplayRole:
    case Qt::EditRole: {
        if (!m_page->ordinal(index.row(), index.column()))
            return {};
        if (!m_bytes)
            return role == Qt::DisplayRole ? QVariant(u"…"_s) : role == copyRole ? QVariant(QString()) : QVariant();
        const std::byte* at = element(index, m_bytes->now);
        return at ? QVariant(toQt(elementText(m_dtype, at))) : QVariant();
    }
    case Qt::TextAlignmentRole: return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
    case EditedRole: return m_bytes && isEdited(index);
    case LoadedRole: return m_bytes != nullptr;
    case TakenRole: return m_bytes && isTaken(index);
    case Qt::ToolTipRole: {
        if (!m_bytes || !m_session.document() || !m_page->ordinal(index.row(), index.column()))
            return {};
        const Box cell = m_page->cell(index.row(), index.column());
        QString tip = shown(boxText(*m_session.document()->layout(), cell));
        if (isTaken(index))
            tip += u'\n' + tr("selected: %1").arg(predicateText(*m_session.selection()->selection().where));
        if (isEdited(index))
            tip += u'\n' + tr("%1 in the file").arg(toQt(elementText(m_dtype, element(index, m_bytes->before))));
        return tip;
    }
    default: return {};
    }
}

QVariant ValueModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role != Qt::DisplayRole || !m_page)
        return {};
    if (orientation == Qt::Vertical)
        return QString::number(m_page->rowLabel(section));
    const QString label = QString::number(m_page->columnLabel(section));
    return m_page->wrapped ? u'+' + label : label;
}

Qt::ItemFlags ValueModel::flags(const QModelIndex& index) const
{
    if (!index.isValid() || !m_page || !m_page->ordinal(index.row(), index.column()))
        return Qt::NoItemFlags;
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
    if (m_bytes && readOnlyReason().isEmpty())
        flags |= Qt::ItemIsEditable;
    return flags;
}

bool ValueModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (role != Qt::EditRole || !(flags(index) & Qt::ItemIsEditable))
        return false;
    std::array<std::byte, 16> typed {};
    const std::string text = value.toString().trimmed().toStdString();
    const auto parsed = parseElement(m_dtype, text, {}, typed.data());
    if (!parsed) {
        Q_EMIT refused(sentenceOf(parsed.error()));
        return false;
    }
    if (std::memcmp(typed.data(), element(index, m_bytes->now), static_cast<std::size_t>(dtypeSize(m_dtype))) == 0)
        return true;
    Step step;
    step.operation = Operation::Set;
    step.value = loadNumber(m_dtype, typed.data()); // rounded once, from the decimal
    const Box cell = m_page->cell(index.row(), index.column());
    step.select.push_back({ boxText(*m_session.document()->layout(), cell), false });
    m_session.apply(step);
    return true;
}

} // namespace ravel
