/** Two notes under one slur. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path d="M5 13Q16-1 27 13" fill="none" stroke="#0b5cad" stroke-width="3" stroke-linecap="round"/><circle cx="7" cy="24" r="5" fill="#0b5cad"/><circle cx="25" cy="24" r="5" fill="#0b5cad"/></svg>
`;
