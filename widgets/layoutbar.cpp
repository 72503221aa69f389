// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layoutbar.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>

#include "items/qtext.h"
#include "items/session.h"

namespace ravel {

namespace {

constexpr int offeredScopes = 60;

bool isContainer(EntryKind kind)
{
    return kind == EntryKind::Dict || kind == EntryKind::OrderedDict || kind == EntryKind::List || kind == EntryKind::Tuple
        || kind == EntryKind::Object;
}

// Containers that hold tensors, the nearest to the root first.
std::vector<std::string> scopesOf(const ParameterTree& tree)
{
    std::vector<std::string> names;
    const Checkpoint& checkpoint = tree.checkpoint();
    for (NodeOrdinal node = 1; node < tree.nodes().size() && names.size() < offeredScopes; ++node) {
        const ParameterTree::Node& n = tree.nodes()[node];
        if (n.entry != noOrdinal && n.tensorCount > 0 && isContainer(checkpoint.entries[n.entry].kind))
            names.push_back(checkpoint.entryName(n.entry));
    }
    return names;
}

} // namespace

LayoutBar::LayoutBar(Session& session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_scope(new QComboBox(this))
    , m_order(new QComboBox(this))
    , m_extent(new QLabel(this))
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(6, 3, 6, 3);
    const auto add = [&](const QString& text, QComboBox* box) {
        auto* label = new QLabel(text, this);
        label->setBuddy(box);
        row->addWidget(label);
        row->addWidget(box);
        row->addSpacing(10);
    };
    add(tr("S&cope"), m_scope);
    add(tr("&Order"), m_order);
    row->addStretch(1);
    row->addWidget(m_extent);
    m_scope->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_scope->setMinimumContentsLength(14);
    m_scope->setToolTip(tr("The part of the checkpoint that the vector covers"));
    m_order->setToolTip(tr("The order in which the tensors stand in the vector"));
    m_extent->setTextFormat(Qt::PlainText);
    const std::pair<Order, QString> orders[] { { Order::Checkpoint, tr("Checkpoint") }, { Order::Sorted, tr("Sorted by name") },
        { Order::File, tr("Place in the file") }, { Order::Parameters, tr("Parameters only") } };
    for (const auto& [order, text] : orders)
        m_order->addItem(text, static_cast<int>(order));
    connect(m_scope, &QComboBox::activated, this, &LayoutBar::change);
    connect(m_order, &QComboBox::activated, this, &LayoutBar::change);
    connect(&session, &Session::layoutChanged, this, &LayoutBar::fill);
}

void LayoutBar::fill()
{
    const FlatLayout& layout = *m_session.document()->layout();
    const QString scope = toQt(layout.spec().scope.value_or(""));
    m_scope->clear();
    m_scope->addItem(tr("Whole checkpoint"), QString());
    for (const std::string& name : scopesOf(*m_session.tree()))
        m_scope->addItem(shown(name, 60), toQt(name));
    if (m_scope->findData(scope) < 0)
        m_scope->addItem(shown(layout.spec().scope.value_or(""), 60), scope);
    m_scope->setCurrentIndex(m_scope->findData(scope));
    m_order->setCurrentIndex(m_order->findData(static_cast<int>(layout.spec().order)));
    m_extent->setText(tr("%1 elements in %Ln tensor(s)", nullptr, static_cast<int>(layout.placed().size()))
                          .arg(shortCountText(layout.numel().value)));
    m_extent->setToolTip(tr("%1 elements").arg(countText(layout.numel().value)));
}

void LayoutBar::change()
{
    LayoutSpec spec = m_session.document()->layout()->spec();
    spec.scope = m_scope->currentData().toString().toStdString();
    spec.order = static_cast<Order>(m_order->currentData().toInt());
    if (spec != m_session.document()->layout()->spec())
        m_session.setLayout(spec);
    if (m_session.document())
        fill(); // also where it was refused
}

void LayoutBar::setScope(const QString& name)
{
    LayoutSpec spec = m_session.document()->layout()->spec();
    spec.scope = name.toStdString();
    m_session.setLayout(spec);
}

} // namespace ravel
