/** What an application asks of the server, as its components would: fragments, a connection, a refetch, a command and a subscription. */
import { graphql } from "relay-runtime";

graphql`
  query TicketsQuery($number: String!, $at: PointInput) {
    ...Tickets_list
    ticket(number: $number) { id ...Tickets_card }
    moment(at: $at) { position ticket(number: $number) { id ...Tickets_card } }
  }
`;

graphql`
  fragment Tickets_list on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 4 }, cursor: { type: "String" })
  @refetchable(queryName: "TicketsPageQuery") {
    tickets(filter: { open: true }, orderBy: [{ by: DUE }], first: $count, after: $cursor)
    @connection(key: "Tickets_list_tickets", filters: ["filter", "orderBy"]) {
      totalCount
      edges { node { number } }
    }
  }
`;

// Relay refetches a noun by itself through Query.node(id:), and so finds a noun of the past again.
graphql`
  fragment Tickets_card on Ticket @refetchable(queryName: "TicketsCardQuery") {
    number
    state
    version
    reminderCount
    about { __typename ... on Project { name } ... on Company { description } ... on Parcel { location } }
  }
`;

graphql`
  mutation TicketsAcceptMutation($input: AcceptTicketInput!) {
    acceptTicket(input: $input) {
      __typename
      ... on TicketReceipt { position ticket { ...Tickets_card } }
      ... on Refusal { code message(lang: EN) }
    }
  }
`;

graphql`
  subscription TicketsSubscription($of: [ID!], $after: Position) {
    changes(of: $of, after: $after) {
      __typename
      ... on NounChanged { position noun { id ...Tickets_card @alias(as: "card") } }
      ... on Bookmark { position }
      ... on DayTurned { position day }
    }
  }
`;
