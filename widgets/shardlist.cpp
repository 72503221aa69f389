// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/shardlist.h"

#include <QClipboard>
#include <QDialogButtonBox>
#include <QGuiApplication>
#include <QHeaderView>
#include <QItemSelectionModel>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>

#include "base/text.h"
#include "items/qtext.h"
#include "widgets/fitscreen.h"
#include "widgets/offsetmap.h"
#include "widgets/shardslane.h"
#include "widgets/tabletext.h"

namespace ravel {

void ShardModel::setShards(std::shared_ptr<const FlatLayout> layout, std::shared_ptr<const Shards> shards)
{
    beginResetModel();
    m_layout = std::move(layout);
    m_shards = std::move(shards);
    m_rows = m_layout && m_shards ? m_shards->straddling() : std::vector<std::uint32_t>();
    endResetModel();
}

FlatRange ShardModel::rangeOf(int row) const
{
    const Segment& segment = m_layout->listed()[m_layout->placed()[m_rows[static_cast<std::size_t>(row)]]];
    return { segment.offset, segment.offset + segment.numel };
}

int ShardModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_rows.size()); }

QVariant ShardModel::data(const QModelIndex& index, int role) const
{
    const bool number = index.column() == Elements || index.column() == CutAt;
    if (role == Qt::TextAlignmentRole)
        return int((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole && role != copyRole)
        return {};
    const bool copied = role == copyRole;
    const auto count = [copied](std::int64_t n) { return copied ? QString::number(n) : countText(n); };
    const std::uint32_t placed = m_rows[static_cast<std::size_t>(index.row())];
    const Segment& segment = m_layout->listed()[m_layout->placed()[placed]];
    const Shards::Ranks ranks = m_shards->ranksOf(placed);
    switch (index.column()) {
    case Name:
        return copied ? toQt(escapedWhole(segment.name)) : shown(segment.name);
    case Shape:
        return shapeText(m_layout->tensor(segment).shape);
    case Elements:
        return count(segment.numel.value);
    case Ranks:
        return tr("%1 to %2").arg(ranks.first).arg(ranks.last);
    case CutAt:
        return count(m_shards->pieceAt(segment.offset).range.end.value);
    default:
        return {};
    }
}

QVariant ShardModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    const QString titles[] = { tr("Tensor"), tr("Shape"), tr("Elements"), tr("Ranks"), tr("First cut at") };
    return section < columns ? titles[section] : QString();
}

ShardList::ShardList(OffsetMap& map, QWidget* parent)
    : QDialog(parent)
    , m_map(map)
    , m_model(new ShardModel(this))
    , m_table(new QTableView(this))
    , m_words(new QLabel(this))
{
    setObjectName(QStringLiteral("shardList"));
    setWindowTitle(tr("Tensors on More Than One Rank"));
    m_words->setWordWrap(true);
    m_words->setTextFormat(Qt::PlainText);
    m_table->setModel(m_model);
    m_table->setAccessibleName(windowTitle());
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(m_table->fontMetrics().height() + 6);
    m_table->horizontalHeader()->setSectionResizeMode(ShardModel::Name, QHeaderView::Stretch);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    m_copy = buttons->addButton(tr("Copy &Table"), QDialogButtonBox::ActionRole);
    m_copy->setAutoDefault(false);
    connect(m_copy, &QPushButton::clicked, this, [this] {
        if (const auto text = tableText(m_table))
            QGuiApplication::clipboard()->setText(*text);
    });
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* column = new QVBoxLayout(this);
    column->addWidget(m_words);
    column->addWidget(m_table, 1);
    column->addWidget(buttons);
    resize(fittingScreen(*this, { 680, 420 }));
    connect(&map, &OffsetMap::shardsChanged, this, &ShardList::refresh);
    // Not the current row: a table that gets the focus has one at once.
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
        const QModelIndexList rows = m_table->selectionModel()->selectedRows();
        if (!rows.isEmpty())
            m_map.selectAndShow(m_model->rangeOf(rows.first().row()));
    });
    refresh();
}

void ShardList::refresh()
{
    m_model->setShards(m_map.layoutShown(), m_map.shards());
    m_copy->setEnabled(m_model->rowCount() > 0);
    if (!m_map.shards()) {
        m_words->setText(tr("Nothing is open."));
        return;
    }
    const ShardSpec& spec = m_map.shards()->spec();
    m_words->setText(tr("%1, %2 ranks: %n tensor(s) lie on more than one. Padding: %3 elements.", nullptr, m_model->rowCount())
                         .arg(shardStyleName(spec.style)).arg(spec.parts).arg(countText(m_map.shards()->padding().value)));
}

} // namespace ravel
